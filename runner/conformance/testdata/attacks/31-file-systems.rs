//! row 31: what the host's file systems say of themselves: names, identities, places
//! on the disk
//! verdict: ok
mod sys;
use std::os::fd::AsRawFd;
use sys::*;

fn main() {
    let mut answer = [0u64; 64];
    for path in ["/", "/work", "/usr/bin/ld", "/etc/ld.so.cache", "/usr/lib", "/opt"] {
        let Ok(f) = std::fs::File::open(path) else { continue };
        for (what, number) in [
            ("FIBMAP", 1), ("FIGETBSZ", 2), ("FS_IOC_FIEMAP", 0xc020_660b), ("FS_IOC_GETFLAGS", 0x8008_6601),
            ("FS_IOC_GETVERSION", 0x8008_7601), ("FS_IOC_GETFSUUID", 0x8011_1500), ("FS_IOC_GETFSSYSFSPATH", 0x8081_1501),
            ("FS_IOC_GETFSLABEL", 0x8100_9431), ("EXT4_IOC_GETFSUUID", 0x8008_662c), ("FS_IOC_FSGETXATTR", 0x801c_581f),
        ] {
            answer[0] = 0;
            refused(&format!("{what} of {path}"), unsafe { ioctl(f.as_raw_fd(), number, answer.as_mut_ptr()) } as i64, &[ENOTTY]);
        }
    }
    // Line disciplines are modules that a kernel loads when a terminal asks.
    for discipline in 0..32i32 {
        refused("TIOCSETD", unsafe { ioctl(0, 0x5423, &discipline) } as i64, &[EPERM]);
    }
    let mut waiting = 0i32;
    let mut ends = [0; 2];
    assert_eq!(unsafe { pipe2(ends.as_mut_ptr(), 0) }, 0);
    assert_eq!(unsafe { ioctl(ends[0], 0x541b, &mut waiting) }, 0, "FIONREAD: error {}", errno());
}
