//! row 15: asleep for ever
//! verdict: timeout
//! limits: run_time=300ms
fn main() {
    print!("good night");
    use std::io::Write;
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}
