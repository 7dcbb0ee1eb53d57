//! row 27: a page behind the end of a mapped file
//! verdict: signal SIGBUS
mod sys;
use std::os::fd::AsRawFd;

fn main() {
    let f = std::fs::OpenOptions::new().create(true).truncate(true).read(true).write(true).open("/work/f").unwrap();
    f.set_len(4096).unwrap();
    let p = unsafe { sys::mmap(std::ptr::null_mut(), 4096, 3, 1, f.as_raw_fd(), 0) };
    f.set_len(0).unwrap();
    unsafe { p.write_volatile(1) };
}
