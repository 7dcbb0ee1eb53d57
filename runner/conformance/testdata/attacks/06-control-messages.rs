//! row 6: the memory of one socket for options and control messages, 128 KiB by default
//! and charged to no box
//! verdict: ok
mod sys;
use sys::*;

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
        refused(&format!("{len} bytes of control messages"), send_control(pair[0], &control) as i64, &[error]);
    }
}

fn release() -> String {
    let mut names = [0u8; 6 * 65];
    assert_eq!(unsafe { uname(names.as_mut_ptr()) }, 0);
    String::from_utf8_lossy(&names[130..195]).into_owned()
}
