//! row 19: SIGKILL for every process that there is
//! verdict: exit 4
mod sys;

fn main() {
    let child = unsafe { sys::fork() };
    if child == 0 {
        loop {
            unsafe { sys::pause() };
        }
    }
    for target in [-1, -(unsafe { sys::getppid() })] {
        unsafe { sys::kill(target, sys::SIGKILL) };
    }
    assert_eq!(sys::wait(child) & 0x7f, sys::SIGKILL);
    std::process::exit(4);
}
