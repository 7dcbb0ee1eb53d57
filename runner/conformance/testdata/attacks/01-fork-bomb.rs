//! row 1: every process forks for ever
//! verdict: timeout
//! limits: run_time=700ms
mod sys;

fn main() {
    loop {
        unsafe { sys::fork() };
    }
}
