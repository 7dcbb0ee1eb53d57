//! rows 36, 37: leave something everywhere, and a process that waits
//! verdict: ok
//! stdout: left
mod sys;
use sys::*;

fn main() {
    for dir in ["/tmp", "/work", "/dev/shm"] {
        std::fs::write(format!("{dir}/left"), "left").unwrap();
    }
    unsafe {
        assert!(syscall(nr::shmget, 4711, 4096, 0o1666) >= 0);
        assert!(syscall(nr::msgget, 4711, 0o1666) >= 0);
        assert!(syscall(nr::semget, 4711, 1, 0o1666) >= 0);
        assert!(syscall(nr::mq_open, c("left").as_ptr(), 0o102, 0o666, [0u64, 4, 64, 0, 0, 0, 0, 0].as_ptr()) >= 0);
        let s = socket(1, 1, 0);
        assert_eq!(bind(s, b"\x01\x00\x00left".as_ptr(), 7), 0);
    }
    let port = std::net::TcpListener::bind("127.0.0.1:4711").unwrap();
    if unsafe { fork() } == 0 {
        unsafe { setsid() };
        loop {
            let _ = port.accept();
        }
    }
    println!("left");
    if std::env::args().nth(1).is_some() {
        loop {
            std::thread::park();
        }
    }
}
