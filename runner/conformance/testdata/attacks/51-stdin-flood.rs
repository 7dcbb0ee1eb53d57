//! row 51: input without end for a program that reads nothing
//! verdict: timeout
//! limits: run_time=500ms
//! stdin: endless
fn main() {
    loop {
        std::thread::park();
    }
}
