//! row 61: the compiler's own input, which must not be the program's
//! verdict: ok
//! stdin: for the program
//! stdout: 0 for the program
use std::io::Read;

static X: &[u8] = include_bytes!("/dev/stdin");

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    println!("{} {text}", X.len());
}
