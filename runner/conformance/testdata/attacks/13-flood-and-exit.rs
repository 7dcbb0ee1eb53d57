//! row 13: as much as is allowed, and gone at once
//! verdict: exit 7
//! stdout-bytes: 64000
//! stderr-bytes: 64000
mod sys;
use std::io::Write;

fn main() {
    use std::os::fd::FromRawFd;
    for fd in [1, 2] {
        let mut f = unsafe { std::fs::File::from_raw_fd(fd) };
        f.write_all(&[b'y'; 64_000]).unwrap();
        std::mem::forget(f);
    }
    unsafe { sys::_exit(7) };
}
