//! row 48: leases on files that others read would stop the readers
//! verdict: ok
mod sys;
use std::os::fd::AsRawFd;

fn main() {
    for path in ["/usr/bin/ld", "/etc/ld.so.cache"] {
        let Ok(f) = std::fs::File::open(path) else { continue };
        for kind in [0, 1] {
            let r = unsafe { sys::fcntl(f.as_raw_fd(), 1024, kind) }; // F_SETLEASE
            sys::refused("F_SETLEASE", r as i64, &[sys::EACCES, sys::EPERM, sys::EAGAIN, sys::EINVAL]);
        }
    }
}
