//! row 18: orphans in sessions of their own, below a reaper of their own
//! verdict: ok
mod sys;

fn main() {
    unsafe { sys::prctl(36, 1) }; // PR_SET_CHILD_SUBREAPER
    for _ in 0..20 {
        if unsafe { sys::fork() } == 0 {
            unsafe { sys::setsid() };
            if unsafe { sys::fork() } != 0 {
                unsafe { sys::_exit(0) };
            }
            unsafe { sys::setsid() };
            for n in 1..65 {
                unsafe { sys::signal(n, 1) };
            }
            loop {
                std::thread::park();
            }
        }
    }
}
