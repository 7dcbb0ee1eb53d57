//! row 27: the real thing: a bad address
//! verdict: signal SIGSEGV
fn main() {
    unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
}
