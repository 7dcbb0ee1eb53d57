//! row 11: a gigabyte and a normal end, from children that outlive the writer
//! verdict: output
//! stdout-bytes: 64000
mod sys;
use std::io::Write;

fn main() {
    for _ in 0..4 {
        if unsafe { sys::fork() } == 0 {
            let data = [b'y'; 1 << 20];
            for _ in 0..256 {
                let _ = std::io::stdout().write_all(&data);
            }
            unsafe { sys::_exit(0) };
        }
    }
    for _ in 0..4 {
        unsafe { sys::waitpid(-1, std::ptr::null_mut(), 0) };
    }
}
