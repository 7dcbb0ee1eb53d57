//! row 19: SIGKILL for its own process group, itself included
//! verdict: signal SIGKILL
mod sys;

fn main() {
    unsafe { sys::kill(0, sys::SIGKILL) };
    loop {}
}
