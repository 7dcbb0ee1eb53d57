//! row 25: the signal of the OOM killer, sent by the program itself
//! verdict: signal SIGKILL
mod sys;

fn main() {
    unsafe { sys::raise(sys::SIGKILL) };
}
