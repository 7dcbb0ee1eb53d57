//! row 45: what the kernel has once for everybody: the number of asynchronous
//! requests, and the disks behind all file systems
//! verdict: ok
mod sys;
use sys::*;
use std::os::fd::AsRawFd;

fn main() {
    let mut context = 0u64;
    refused("io_setup", unsafe { syscall(nr::io_setup, 60_000u64, &mut context) }, &[EPERM]);
    refused("sync", unsafe { syscall(nr::sync) }, &[EPERM]);
    for path in ["/", "/work", "/etc/ld.so.cache", "/usr/bin/ld"] {
        let Ok(f) = std::fs::File::open(path) else { continue };
        refused("syncfs", unsafe { syscall(nr::syncfs, f.as_raw_fd()) }, &[EPERM]);
    }
}
