//! row 6: memory as compiled filters, which no group is charged for and of which the
//! kernel has a limited amount for everybody; a thousand that end at once lock up
//! all boxes of the machine
//! verdict: ok
mod sys;
use std::os::fd::AsRawFd;
use sys::*;

#[repr(C)]
struct Program {
    len: u16,
    code: *const u64,
}

unsafe extern "C" {
    fn setsockopt(fd: i32, level: i32, name: i32, value: *const Program, len: u32) -> i32;
}

fn main() {
    // load a byte, 299 times; return
    let mut code = vec![5u64 << 32 | 0x30; 299];
    code.push(1 << 32 | 6);
    let program = Program { len: 300, code: code.as_ptr() };
    let local = std::os::unix::net::UnixDatagram::unbound().unwrap();
    let net = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for fd in [local.as_raw_fd(), net.as_raw_fd()] {
        for (what, option) in [("SO_ATTACH_FILTER", 26), ("SO_ATTACH_REUSEPORT_CBPF", 51)] {
            refused(what, unsafe { setsockopt(fd, 1, option, &program, 16) } as i64, &[EPERM]);
        }
    }
    refused("PR_SET_SECCOMP", unsafe { prctl(22, 2i64, &program) } as i64, &[EPERM]);
    refused("seccomp", unsafe { syscall(nr::seccomp, 1i64, 0i64, &program) }, &[EPERM]);
    // Options of other levels with the same numbers are none of that.
    let six = unsafe { socket(10, 1, 0) };
    let on = [1i32; 4];
    if six >= 0 {
        let r = unsafe { setsockopt(six, 41, 26, on.as_ptr() as *const Program, 4) }; // IPV6_V6ONLY
        assert_eq!(r, 0, "error {}", errno());
    }
}
