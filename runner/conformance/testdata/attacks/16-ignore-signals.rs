//! row 16: every signal ignored, or blocked
//! verdict: timeout
//! limits: run_time=300ms
mod sys;

fn main() {
    for n in 1..65 {
        unsafe { sys::signal(n, 1) };
    }
    loop {
        std::thread::park();
    }
}
