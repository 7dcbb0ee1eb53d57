//! row 15: busy for ever, in several threads
//! verdict: timeout
//! limits: run_time=300ms
fn main() {
    for _ in 0..4 {
        std::thread::spawn(|| loop {
            std::hint::spin_loop()
        });
    }
    loop {
        std::hint::spin_loop()
    }
}
