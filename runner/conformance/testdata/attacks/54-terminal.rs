//! row 54: a terminal to type into
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    denied("/dev/tty", std::fs::File::open("/dev/tty"), &[ENXIO, ENOENT]);
    for fd in 0..3 {
        let r = unsafe { ioctl(fd, 0x5412, b"x".as_ptr()) }; // TIOCSTI
        refused("TIOCSTI", r as i64, &[EPERM]);
        let r = unsafe { ioctl(fd, 1 << 32 | 0x5412, b"x".as_ptr()) };
        refused("TIOCSTI with high bits", r as i64, &[EPERM, ENOTTY]);
        let r = unsafe { ioctl(fd, 0x541c, b"\x01".as_ptr()) }; // TIOCLINUX
        refused("TIOCLINUX", r as i64, &[EPERM, ENOTTY]);
    }
}
