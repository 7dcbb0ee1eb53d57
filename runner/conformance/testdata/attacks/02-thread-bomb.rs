//! row 2: threads until there are no more
//! verdict: processes
//! exit: 101
fn main() {
    loop {
        std::thread::spawn(|| std::thread::park());
    }
}
