//! row 21: tracing one's own children is refused as well, so that nobody learns
//! to get around a filter by it
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let child = unsafe { fork() };
    if child == 0 {
        loop {
            unsafe { pause() };
        }
    }
    unsafe {
        refused("PTRACE_TRACEME", ptrace(0, 0, 0, 0), &[EPERM]);
        refused("PTRACE_ATTACH", ptrace(16, child, 0, 0), &[EPERM]);
    }
}
