//! row 71: ten thousand orphans, each dead at once
//! verdict: ok
//! stdout: 10000
mod sys;

fn main() {
    let mut n = 0;
    while n < 10_000 {
        let status = sys::in_child(|| {
            for _ in 0..20 {
                if unsafe { sys::fork() } == 0 {
                    unsafe { sys::_exit(0) };
                }
            }
        });
        assert_eq!(status, 0);
        n += 20;
    }
    println!("{n}");
}
