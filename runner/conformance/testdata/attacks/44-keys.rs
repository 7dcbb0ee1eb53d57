//! row 44: the kernel's key rings, which outlive a process and are counted by user
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, ENOSYS];
    unsafe {
        refused("add_key", syscall(nr::add_key, c("user").as_ptr(), c("x").as_ptr(), b"x".as_ptr(), 1, -4), no);
        refused("request_key", syscall(nr::request_key, c("user").as_ptr(), c("x").as_ptr(), 0usize, 0), no);
        for operation in 0..32 {
            refused("keyctl", syscall(nr::keyctl, operation, -4, 0, 0, 0), no);
        }
    }
}
