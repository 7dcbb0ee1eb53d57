//! row 5: 100 GB that are mapped and never touched are nobody's harm
//! verdict: ok
mod sys;

fn main() {
    const NORESERVE_PRIVATE_ANONYMOUS: i32 = 0x4000 | 0x2 | 0x20;
    for _ in 0..8 {
        let p = unsafe { sys::mmap(std::ptr::null_mut(), 100 << 30, 3, NORESERVE_PRIVATE_ANONYMOUS, -1, 0) };
        if p as isize == -1 {
            assert_eq!(sys::errno(), sys::ENOMEM);
        } else {
            unsafe { p.write(1) };
        }
    }
}
