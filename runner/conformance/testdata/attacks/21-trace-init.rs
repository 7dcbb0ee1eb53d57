//! rows 21, 23: ptrace, memory, descriptors and limits of process 1
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, ESRCH, EACCES, ENOSYS];
    unsafe {
        refused("PTRACE_ATTACH", ptrace(16, 1, 0, 0), no);
        refused("PTRACE_SEIZE", ptrace(0x4206, 1, 0, 0), no);
        let mut buf = [0u8; 64];
        let local = [buf.as_mut_ptr() as usize, buf.len()];
        for base in [0x400000usize, 0x10000] {
            let remote = [base, buf.len()];
            let args = (local.as_ptr(), remote.as_ptr());
            refused("process_vm_readv", syscall(nr::process_vm_readv, 1, args.0, 1, args.1, 1, 0), no);
            refused("process_vm_writev", syscall(nr::process_vm_writev, 1, args.0, 1, args.1, 1, 0), no);
        }
        let pidfd = syscall(new::pidfd_open, 1, 0);
        if pidfd >= 0 {
            for fd in 0..32 {
                refused("pidfd_getfd", syscall(new::pidfd_getfd, pidfd, fd, 0), no);
            }
            refused("setns", syscall(nr::setns, pidfd, 0x20000000), no);
        }
        refused("kcmp", syscall(nr::kcmp, getpid(), 1, 0, 0, 0), no);
    }
}
