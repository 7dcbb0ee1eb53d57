//! row 24: what was left open for the program: three pipes, and none of them the
//! agent's
//! verdict: ok
//! stdin: x
//! stdout: x
mod sys;
use std::io::Read;

fn main() {
    for fd in 3..4096 {
        assert_eq!(unsafe { sys::fcntl(fd, 1) }, -1, "descriptor {fd} is open");
        assert_eq!(sys::errno(), sys::EBADF);
    }
    for fd in 0..3 {
        let to = std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap();
        assert!(to.to_string_lossy().starts_with("pipe:"), "descriptor {fd} is {to:?}");
    }
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    println!("{input}");
}
