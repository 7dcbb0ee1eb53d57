//! row 45: the kernel's own doors
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, ENOSYS];
    let zero = [0u8; 256];
    unsafe {
        for command in 0..20 {
            refused("bpf", syscall(nr::bpf, command, zero.as_ptr(), 128), no);
        }
        refused("perf_event_open", syscall(nr::perf_event_open, zero.as_ptr(), 0, -1, -1, 0), no);
        refused("userfaultfd", syscall(nr::userfaultfd, 1), no);
        refused("kexec_load", syscall(nr::kexec_load, 0, 0, 0usize, 0), no);
        refused("init_module", syscall(nr::init_module, zero.as_ptr(), 256, c("").as_ptr()), no);
        refused("finit_module", syscall(nr::finit_module, 0, c("").as_ptr(), 0), no);
        refused("delete_module", syscall(nr::delete_module, c("x").as_ptr(), 0), no);
        refused("syslog", syscall(nr::syslog, 3, zero.as_ptr(), 0), no);
        refused("reboot", syscall(nr::reboot, 0xfee1deadu32, 672274793, 0, 0usize), no);
        refused("swapon", syscall(nr::swapon, c("/work/x").as_ptr(), 0), no);
        refused("acct", syscall(nr::acct, c("/work/x").as_ptr()), no);
        refused("settimeofday", syscall(nr::settimeofday, [0u64; 2].as_ptr(), 0usize), no);
        refused("sethostname", syscall(nr::sethostname, b"x".as_ptr(), 1), no);
        refused("quotactl", syscall(nr::quotactl, 0x800001, 0usize, 0, 0usize), no);
        refused("memfd_secret", syscall(nr::memfd_secret, 0), no);
        refused("personality", syscall(nr::personality, 0x40000), no); // no address randomisation
        #[cfg(target_arch = "x86_64")]
        {
            refused("iopl", syscall(nr::iopl, 3), no);
            refused("ioperm", syscall(nr::ioperm, 0, 1, 1), no);
        }
        for number in 480..600 {
            // What the kernel will learn after this list was written.
            refused("a call of the future", syscall(number, 0, 0, 0, 0, 0, 0), no);
        }
    }
}
