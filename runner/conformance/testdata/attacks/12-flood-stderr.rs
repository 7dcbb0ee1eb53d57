//! row 12: the same on standard error alone
//! verdict: output
//! stderr-bytes: 64000
use std::io::Write;

fn main() {
    let data = [b'y'; 1 << 16];
    loop {
        let _ = std::io::stderr().write_all(&data);
    }
}
