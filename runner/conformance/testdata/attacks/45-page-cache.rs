//! row 45: throwing the toolchain out of memory, so that everybody else's compilers
//! wait for the disk
//! verdict: ok
mod sys;
use std::os::fd::AsRawFd;
use sys::*;

unsafe extern "C" {
    fn posix_fadvise(fd: i32, offset: i64, len: i64, advice: i32) -> i32;
    fn madvise(addr: *mut u8, len: usize, advice: i32) -> i32;
}

fn main() {
    // The kernel would say EBADF.
    assert_eq!(unsafe { posix_fadvise(-1, 0, 0, 4) }, 0, "POSIX_FADV_DONTNEED asks the kernel");
    for path in ["/usr/bin/ld", "/proc/self/exe", "/work"] {
        let Ok(f) = std::fs::File::open(path) else { continue };
        for advice in 0..6 {
            let r = unsafe { posix_fadvise(f.as_raw_fd(), 0, 0, advice) };
            assert!(r == 0 || path == "/work", "{path}: advice {advice}: error {r}");
        }
    }
    let exe = std::fs::File::open("/proc/self/exe").unwrap();
    let page = unsafe { mmap(std::ptr::null_mut(), 4096, 1, 1, exe.as_raw_fd(), 0) };
    let own = unsafe { mmap(std::ptr::null_mut(), 4096, 3, 0x22, -1, 0) };
    for at in [page, own] {
        refused("MADV_COLD", unsafe { madvise(at, 4096, 20) } as i64, &[EINVAL]);
        refused("MADV_PAGEOUT", unsafe { madvise(at, 4096, 21) } as i64, &[EINVAL]);
    }
    for (what, advice) in [("MADV_DONTNEED", 4), ("MADV_FREE", 8), ("MADV_NOHUGEPAGE", 15), ("MADV_DONTFORK", 10)] {
        assert_eq!(unsafe { madvise(own, 4096, advice) }, 0, "{what}: error {}", errno());
    }
}
