//! row 45: the calls of 32-bit machines, which have other numbers
//! verdict: signal SIGSYS|SIGSEGV
fn main() {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        // 20 is getpid there. 4 would be write, here it is stat.
        let mut n: u64 = 20;
        std::arch::asm!("int 0x80", inout("rax") n);
        println!("process {n}");
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::process::abort();
}
