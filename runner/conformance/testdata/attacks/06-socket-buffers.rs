//! row 6: memory as datagrams that nobody reads, in more sockets than one process
//! may have
//! verdict: ok|memory
//! limits: memory=128MiB

mod sys;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use sys::*;

/// Sends to itself until no socket takes more, and returns those with the memory
/// that they hold.
fn fill() -> (Vec<UdpSocket>, u64) {
    let data = [1u8; 50_000];
    let mut sockets = vec![];
    let mut held = 0;
    while let Ok(s) = UdpSocket::bind("127.0.0.1:0") {
        for _ in 0..4 {
            let _ = s.send_to(&data, s.local_addr().unwrap());
        }
        let mut info = [0u32; 9];
        let mut len = 36u32;
        let r = unsafe { getsockopt(s.as_raw_fd(), 1, 55, info.as_mut_ptr(), &mut len) }; // SO_MEMINFO
        assert_eq!(r, 0, "error {}", errno());
        held += info[0] as u64; // what waits to be received
        sockets.push(s);
    }
    (sockets, held)
}

unsafe extern "C" {
    fn getsockopt(fd: i32, level: i32, name: i32, value: *mut u32, len: *mut u32) -> i32;
    fn read(fd: i32, data: *mut u64, len: usize) -> isize;
}

fn main() {
    let mut ends = [0; 2];
    assert_eq!(unsafe { pipe2(ends.as_mut_ptr(), 0) }, 0);
    for _ in 0..8 {
        if unsafe { fork() } == 0 {
            let (_sockets, held) = fill();
            unsafe { write(ends[1], &held as *const u64 as *const u8, 8) };
            loop {
                unsafe { pause() };
            }
        }
    }
    let mut all = 0;
    for _ in 0..8 {
        let mut held = 0u64;
        assert_eq!(unsafe { read(ends[0], &mut held, 8) }, 8);
        all += held;
    }
    assert!(all <= 128 << 20, "{all} bytes wait in sockets");
    println!("within the limit");
}
