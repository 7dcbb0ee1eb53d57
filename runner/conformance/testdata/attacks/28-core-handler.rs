//! row 28: let the host's handler for core files run: below a limit of 1 the
//! kernel starts the one that core_pattern names, as the host's root
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    for to in [[0u64, 0], [0, 1], [1, 1]] {
        for resource in [4u64, 1 << 32 | 4] {
            unsafe {
                refused("prlimit", syscall(nr::prlimit64, 0u64, resource, to.as_ptr(), 0usize), &[EPERM]);
                #[cfg(target_arch = "x86_64")]
                refused("setrlimit", syscall(nr::setrlimit, resource, to.as_ptr()), &[EPERM]);
            }
        }
    }
    let mut now = [0u64; 2];
    assert_eq!(unsafe { getrlimit(4, &mut now) }, 0);
    assert_eq!(now, [1, 1]);
}
