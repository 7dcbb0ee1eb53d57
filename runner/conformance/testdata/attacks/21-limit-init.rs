//! row 21: starve process 1 by its resource limits
//! verdict: ok
//! stdout: alive
mod sys;
use sys::*;

fn main() {
    let none = [0u64, 0];
    for resource in 0..16 {
        let r = unsafe { syscall(nr::prlimit64, 1, resource, none.as_ptr(), 0usize) };
        refused("prlimit", r, &[EPERM, ESRCH, EACCES]);
    }
    println!("alive");
}
