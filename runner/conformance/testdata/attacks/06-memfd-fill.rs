//! row 6: anonymous files are memory
//! verdict: memory
//! limits: memory=128MiB
mod sys;
use std::io::Write;
use std::os::fd::FromRawFd;

fn main() {
    let mut all = vec![];
    loop {
        let fd = unsafe { sys::memfd_create(sys::c("x").as_ptr(), 0) };
        assert!(fd >= 0, "memfd_create: error {}", sys::errno());
        let mut f = unsafe { std::fs::File::from_raw_fd(fd) };
        for _ in 0..16 {
            f.write_all(&[1; 1 << 20]).unwrap();
        }
        all.push(f);
    }
}
