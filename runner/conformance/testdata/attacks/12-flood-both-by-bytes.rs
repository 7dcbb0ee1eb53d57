//! row 12: single bytes on both in turn
//! verdict: output
//! frames: 4000
use std::io::Write;

fn main() {
    use std::os::fd::FromRawFd;
    let mut out = unsafe { std::fs::File::from_raw_fd(1) };
    loop {
        let _ = out.write(b"o");
        let _ = std::io::stderr().write(b"e");
    }
}
