//! row 45: waiting for a disk, which flushes the host's for a file of the host's that
//! is open for reading; the answer is success, and the kernel is not asked
//! verdict: ok
use std::os::fd::AsRawFd;

unsafe extern "C" {
    fn fsync(fd: i32) -> i32;
    fn fdatasync(fd: i32) -> i32;
    fn sync_file_range(fd: i32, offset: i64, len: i64, flags: u32) -> i32;
}

fn main() {
    // The kernel would say EBADF.
    assert_eq!(unsafe { fsync(-1) }, 0, "fsync asks the kernel");
    assert_eq!(unsafe { fdatasync(-1) }, 0, "fdatasync asks the kernel");
    assert_eq!(unsafe { sync_file_range(-1, 0, 0, 7) }, 0, "sync_file_range asks the kernel");
    for path in ["/usr/bin/ld", "/etc/ld.so.cache", "/proc/self/exe"] {
        let Ok(f) = std::fs::File::open(path) else { continue };
        assert_eq!(unsafe { fsync(f.as_raw_fd()) }, 0);
    }
    // What a program saves carefully is saved.
    let file = std::fs::File::create("/work/saved").unwrap();
    std::io::Write::write_all(&mut &file, b"text").unwrap();
    file.sync_all().unwrap();
    file.sync_data().unwrap();
    std::fs::rename("/work/saved", "/work/renamed").unwrap();
    std::fs::File::open("/work").unwrap().sync_all().unwrap();
    assert_eq!(std::fs::read("/work/renamed").unwrap(), b"text");
}
