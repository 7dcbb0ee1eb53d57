#[inline(never)]
pub fn grow(n: u32) -> u32 {
    unsafe { crate::more(n) }
}
