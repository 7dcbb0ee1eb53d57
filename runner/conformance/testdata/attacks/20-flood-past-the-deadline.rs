//! row 20: signals to process 1 without end, so that it has no time for anything else
//! verdict: timeout
//! limits: run_time=1s
//! mode: release
mod sys;
use sys::*;

fn main() {
    for _ in 0..3 {
        unsafe { fork() };
    }
    loop {
        for signal in [1, 15, 23, 34, 64] {
            unsafe { kill(1, signal) };
        }
    }
}
