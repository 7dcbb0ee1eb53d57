//! row 11: output without end
//! verdict: output
//! stdout-bytes: 64000
use std::io::Write;

fn main() {
    let data = [b'y'; 1 << 16];
    loop {
        let _ = std::io::stdout().write_all(&data);
    }
}
