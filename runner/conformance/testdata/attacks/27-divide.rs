//! row 27: a division by zero that Rust did not get to check
//! verdict: signal SIGFPE
fn main() {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("div {0:e}", in(reg) 0, inout("eax") 1 => _, inout("edx") 0 => _)
    };
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("mov x0, #8", "svc #0"); // no such trap there
    };
}
