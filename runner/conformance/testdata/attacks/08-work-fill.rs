//! row 8: a program that dies of a full disk
//! verdict: disk
//! exit: 101
use std::io::Write;

fn main() {
    for n in 0.. {
        let mut f = std::fs::File::create(format!("/work/fill{n}")).unwrap();
        for _ in 0..8 {
            f.write_all(&[1; 1 << 20]).unwrap();
        }
    }
}
