//! row 42: new namespaces by every call that makes them, one by one and together
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let kinds: [u64; 8] = [0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000, 0x80];
    for flags in kinds.into_iter().chain([kinds.iter().sum()]) {
        unsafe {
            refused("unshare", syscall(nr::unshare, flags), &[EPERM]);
            refused("clone", syscall(nr::clone, flags | 17, 0usize, 0usize, 0usize, 0usize), &[EPERM]);
            refused("clone with high bits", syscall(nr::clone, 1u64 << 32 | flags | 17, 0usize, 0usize, 0usize, 0usize), &[EPERM]);
            let args = [flags, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0];
            refused("clone3", syscall(new::clone3, args.as_ptr(), 88), &[ENOSYS]);
        }
    }
    for ns in ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] {
        if let Ok(f) = std::fs::File::open(format!("/proc/self/ns/{ns}")) {
            use std::os::fd::AsRawFd;
            refused("setns", unsafe { syscall(nr::setns, f.as_raw_fd(), 0) }, &[EPERM]);
        }
    }
}
