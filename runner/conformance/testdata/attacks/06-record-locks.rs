//! row 6: memory as record locks, which no group is charged for and no limit counts;
//! locks of whole files, one for an open file, still work
//! verdict: ok
mod sys;
use std::os::fd::AsRawFd;
use sys::*;

#[repr(C)]
struct Lock {
    kind: i16,
    whence: i16,
    start: i64,
    len: i64,
    pid: i32,
}

unsafe extern "C" {
    fn flock(fd: i32, operation: i32) -> i32;
}

fn main() {
    let file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).open("/tmp/file").unwrap();
    let library = std::fs::File::open("/proc/self/exe").unwrap();
    for (what, command) in [("F_SETLK", 6), ("F_SETLKW", 7), ("F_OFD_SETLK", 37), ("F_OFD_SETLKW", 38)] {
        for start in 0..1000 {
            let write = Lock { kind: 1, whence: 0, start: start * 2, len: 1, pid: 0 };
            refused(what, unsafe { fcntl(file.as_raw_fd(), command, &write) } as i64, &[ENOLCK]);
        }
        let read = Lock { kind: 0, whence: 0, start: 0, len: 1, pid: 0 };
        refused(what, unsafe { fcntl(library.as_raw_fd(), command, &read) } as i64, &[ENOLCK]);
        // The kernel reads 32 bits of a command.
        let r = unsafe { syscall(nr::fcntl, file.as_raw_fd() as i64, command as i64 | 1 << 32, &read) };
        refused(what, r, &[ENOLCK]);
    }
    for start in 0..10 {
        let mut ask = Lock { kind: 1, whence: 0, start, len: 1, pid: 0 };
        assert_eq!(unsafe { fcntl(file.as_raw_fd(), 5, &mut ask) }, 0, "F_GETLK: error {}", errno());
        assert_eq!(ask.kind, 2, "a lock is held at {start}");
    }
    let again = std::fs::File::open("/tmp/file").unwrap();
    assert_eq!(unsafe { flock(file.as_raw_fd(), 2 | 4) }, 0, "flock: error {}", errno());
    refused("flock of a locked file", unsafe { flock(again.as_raw_fd(), 2 | 4) } as i64, &[EAGAIN]);
}
