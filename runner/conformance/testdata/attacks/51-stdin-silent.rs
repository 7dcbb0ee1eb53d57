//! row 51: an input that never comes and never ends
//! verdict: timeout
//! limits: run=300ms input=300ms
//! stdin: silent
fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}
