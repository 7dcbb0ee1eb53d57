//! row 51: an input that never comes and never ends
//! verdict: timeout
//! limits: run_time=300ms input_time=300ms
//! stdin: silent
fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}
