// Compiled with: rustc --edition 2024 --crate-type lib -C opt-level=2 --emit asm
//	-C debuginfo=line-directives-only -C codegen-units=1 --remap-path-prefix DIR=/work
//	-C llvm-args=-x86-asm-syntax=att (1.95) or intel (1.97 nightly)
use std::arch::{asm, global_asm, naked_asm};

global_asm!("# of the whole program", ".globl outside", "outside:", "nop", ".p2align 4", "ret", ".long 3");

#[unsafe(naked)]
pub extern "C" fn bare(x: u64) -> u64 {
    naked_asm!("lea rax, [rdi+1]", "2: jmp 2b", "ret")
}

pub static TABLE: [u32; 4] = [1, 2, 3, 5];
static NAMES: [&str; 2] = ["alpha", "beta"];

pub struct Pair(u32, u64, u64);

#[inline(never)]
pub fn jump(n: u32, a: &mut u32) {
    match n {
        0 => *a += 1,
        1 => *a *= 3,
        2 => *a = a.rotate_left(7),
        3 => *a ^= 9,
        _ => *a = 0,
    }
}

#[inline(never)]
pub fn push(list: &mut Vec<Pair>, n: u32) {
    list.push(Pair(n, 1, 2));
}

#[unsafe(no_mangle)]
pub fn name(i: usize) -> &'static str {
    NAMES[i]
}

#[inline(never)]
pub fn add_five(x: u64) -> u64 {
    let y: u64;
    unsafe { asm!("# five more", "lea {0}, [{1} + 5]", ".byte 0x90", out(reg) y, in(reg) x) };
    y
}

#[inline(never)]
pub fn größe(x: u64) -> u64 {
    x * 3
}

#[inline(never)]
pub fn same(x: u64) -> u64 {
    x * 3
}
