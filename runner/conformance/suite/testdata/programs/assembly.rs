#[cfg(target_arch = "x86_64")]
pub fn swap_bytes(mut n: u64) -> u64 {
    unsafe { std::arch::asm!("bswap {}", inout(reg) n, options(pure, nomem, nostack)) };
    n
}

#[cfg(not(target_arch = "x86_64"))]
pub fn swap_bytes(n: u64) -> u64 {
    n.swap_bytes()
}

fn main() {
    println!("{:#x}", swap_bytes(0x0102030405060708));
}
