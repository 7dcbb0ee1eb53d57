//! row 6: memory as pipes that nobody reads, as large as they get, in more than one
//! process may have
//! verdict: ok|memory
//! limits: memory=128MiB
mod sys;
use sys::*;

const O_NONBLOCK: i32 = 0o4000;
const F_SETPIPE_SZ: i32 = 1031;

/// Fills pipes until there are no more, and returns how many bytes they hold.
fn fill() -> u64 {
    let data = [1u8; 65536];
    let mut held = 0;
    let mut ends = [0; 2];
    while unsafe { pipe2(ends.as_mut_ptr(), O_NONBLOCK) } == 0 {
        unsafe { fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) };
        loop {
            let n = unsafe { write(ends[1], data.as_ptr(), data.len()) };
            if n <= 0 {
                break;
            }
            held += n as u64;
        }
    }
    held
}

unsafe extern "C" {
    fn read(fd: i32, data: *mut u64, len: usize) -> isize;
}

fn main() {
    let mut ends = [0; 2];
    assert_eq!(unsafe { pipe2(ends.as_mut_ptr(), 0) }, 0);
    for _ in 0..4 {
        if unsafe { fork() } == 0 {
            let held = fill();
            unsafe { write(ends[1], &held as *const u64 as *const u8, 8) };
            loop {
                unsafe { pause() };
            }
        }
    }
    let mut all = 0;
    for _ in 0..4 {
        let mut held = 0u64;
        assert_eq!(unsafe { read(ends[0], &mut held, 8) }, 8);
        all += held;
    }
    assert!(all <= 128 << 20, "{all} bytes wait in pipes");
}
