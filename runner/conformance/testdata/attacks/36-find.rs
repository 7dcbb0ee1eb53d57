//! rows 36, 37: look for what 36-leave left, in the next box and in another one
//! at the same time
//! verdict: ok
//! stdout: nothing
mod sys;
use sys::*;

fn main() {
    for dir in ["/tmp", "/work", "/dev/shm"] {
        denied("left", std::fs::read(format!("{dir}/left")), &[ENOENT]);
    }
    unsafe {
        refused("shmget", syscall(nr::shmget, 4711, 4096, 0), &[ENOENT]);
        refused("msgget", syscall(nr::msgget, 4711, 0), &[ENOENT]);
        refused("semget", syscall(nr::semget, 4711, 1, 0), &[ENOENT]);
        refused("mq_open", syscall(nr::mq_open, c("left").as_ptr(), 0), &[ENOENT]);
        let s = socket(1, 1, 0);
        assert_eq!(bind(s, b"\x01\x00\x00left".as_ptr(), 7), 0, "the abstract socket is still there");
    }
    let e = std::net::TcpStream::connect("127.0.0.1:4711").unwrap_err();
    assert_eq!(e.kind(), std::io::ErrorKind::ConnectionRefused);
    println!("nothing");
}
