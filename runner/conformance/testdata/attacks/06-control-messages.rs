//! row 6: the memory of one socket for options and control messages, 128 KiB by default
//! and charged to no box
//! verdict: ok
mod sys;
use sys::*;

#[repr(C)]
struct Message {
    name: usize,
    name_len: usize,
    data: usize,
    data_len: usize,
    control: *const u8,
    control_len: usize,
    flags: usize,
}

fn main() {
    let release = release();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u32>().ok());
    if (numbers.next(), numbers.next()) < (Some(6), Some(8)) {
        return; // the limit is the machine's, and not a box's
    }
    let mut pair = [0; 2];
    assert_eq!(unsafe { socketpair(1, 2, 0, pair.as_mut_ptr()) }, 0);
    for (len, error) in [(1 << 10, EINVAL), (5 << 10, ENOBUFS), (100 << 10, ENOBUFS)] {
        let control = vec![0u8; len];
        let message = Message { name: 0, name_len: 0, data: 0, data_len: 0, control: control.as_ptr(), control_len: len, flags: 0 };
        refused(&format!("{len} bytes of control messages"), unsafe { sendmsg(pair[0], (&raw const message).cast(), 0) } as i64, &[error]);
    }
}

fn release() -> String {
    let mut names = [0u8; 6 * 65];
    assert_eq!(unsafe { uname(names.as_mut_ptr()) }, 0);
    String::from_utf8_lossy(&names[130..195]).into_owned()
}
