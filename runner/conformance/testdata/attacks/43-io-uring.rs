//! row 43: io_uring, which a filter of calls does not see into
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, ENOSYS];
    let params = [0u8; 256];
    unsafe {
        refused("io_uring_setup", syscall(new::io_uring_setup, 8, params.as_ptr()), no);
        refused("io_uring_enter", syscall(new::io_uring_enter, 1, 1, 0, 0, 0usize, 0), no);
        refused("io_uring_register", syscall(new::io_uring_register, -1, 17, params.as_ptr(), 1), no);
    }
}
