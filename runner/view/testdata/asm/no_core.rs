// Compiled with: RUSTC_BOOTSTRAP=1 rustc --edition 2024 -C opt-level=2
//	-C debuginfo=line-directives-only -C codegen-units=1 --remap-path-prefix DIR=/work
//	--emit asm --target aarch64-unknown-linux-gnu, aarch64-apple-darwin, x86_64-pc-windows-msvc
#![feature(auto_traits, no_core, lang_items, intrinsics, rustc_attrs, arbitrary_self_types, decl_macro)]
#![allow(internal_features)]
#![no_core]
#![crate_type="lib"]
#[lang="pointee_sized"] pub trait PointeeSized {}
#[lang="meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang="sized"] pub trait Sized: MetaSized {}
#[lang="copy"] pub trait Copy {}
impl Copy for u32 {} impl Copy for u64 {} impl Copy for usize {} impl Copy for bool {}
impl<'a, T: ?Sized> Copy for &'a T {}
#[rustc_builtin_macro] pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}
#[inline(never)]
pub fn classify(n: u32) -> &'static str {
    match n { 0 => "zero", 1 => "one", 2 => "two", 3 => "three", 4 => "four", 5 => "five", _ => "many" }
}
unsafe extern "C" { fn f0(); fn f1(); fn f2(); fn f3(); fn f4(); fn f5();  static EXT: u32; }
#[path = "library/grow.rs"]
mod grow;
unsafe extern "C" { fn more(n: u32) -> u32; }
#[inline(never)]
pub fn grown() -> u32 { grow::grow(2) }
#[inline(never)]
pub fn jump(n: u32) {
    unsafe { match n { 0 => f0(), 1 => f1(), 2 => f2(), 3 => { f3(); f4() }, 4 => f4(), 5 => { f5(); f1() }, _ => {} } }
}
fn private(n: u32) -> u32 { n }
#[inline(never)] pub fn ext() -> u32 { unsafe { private(EXT) } }
#[unsafe(no_mangle)]
pub static TABLE: [u32; 4] = [1, 2, 3, 4];
#[lang="drop_in_place"] unsafe fn drop_in_place<T: PointeeSized>(to_drop: *mut T) {}
#[lang="sync"] pub unsafe auto trait Sync {}
#[lang="freeze"] pub unsafe auto trait Freeze {}
#[inline(never)] pub fn inline_asm(x: u64) -> u64 { let y: u64; unsafe { asm!("// a comment", "mov {0}, {1}", ".byte 1", out(reg) y, in(reg) x) }; y }
