//! row 26: abort is SIGABRT also for a box's first program
//! verdict: signal SIGABRT
fn main() {
    std::process::abort();
}
