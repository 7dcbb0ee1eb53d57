//! row 1: a chain in which each process starts the next and dies, faster than
//! one can look
//! verdict: exit 3
mod sys;

fn main() {
    // The first process ends at once; the chain would go on for ever.
    match unsafe { sys::fork() } {
        0 => loop {
            match unsafe { sys::fork() } {
                0 => unsafe {
                    sys::setsid();
                },
                _ => unsafe { sys::_exit(0) },
            }
        },
        _ => std::process::exit(3),
    }
}
