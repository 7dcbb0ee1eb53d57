//! row 66: a library whose name is an option
//! verdict: compile-error
//! stage: compile
#[link(name = "c -Wl,--script=/etc/passwd -o /work/x")]
unsafe extern "C" {}

fn main() {}
