//! row 16: stopped, so that it cannot even die by itself
//! verdict: timeout
//! limits: run_time=300ms
mod sys;

fn main() {
    if unsafe { sys::fork() } == 0 {
        unsafe { sys::kill(sys::getpid(), 19) };
    }
    unsafe { sys::kill(sys::getpid(), 19) };
}
