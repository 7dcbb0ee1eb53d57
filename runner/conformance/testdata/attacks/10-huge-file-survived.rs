//! row 10: the same with the signal ignored
//! verdict: ok
mod sys;

fn main() {
    unsafe { sys::signal(25, 1) };
    let f = std::fs::File::create("/work/huge").unwrap();
    sys::denied("1 TB", f.set_len(1 << 40), &[sys::EFBIG]);
    let f = std::fs::File::create("/dev/shm/huge").unwrap();
    sys::denied("1 TB", f.set_len(1 << 40), &[sys::EFBIG]);
}
