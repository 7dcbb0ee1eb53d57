//! row 6: shared anonymous mappings and SysV segments are memory, too
//! verdict: memory
//! limits: memory=128MiB
mod sys;

fn main() {
    const SHARED_ANONYMOUS: i32 = 0x1 | 0x20;
    loop {
        let p = unsafe { sys::mmap(std::ptr::null_mut(), 4 << 20, 3, SHARED_ANONYMOUS, -1, 0) };
        assert!(p as isize != -1);
        for i in (0..4 << 20).step_by(4096) {
            unsafe { p.add(i).write(1) };
        }
    }
}
