//! row 66: libraries out of other directories, and linker scripts by name
//! verdict: compile-error
//! stage: compile
#[link(name = ":../../../../etc/passwd", kind = "dylib")]
unsafe extern "C" {}

fn main() {}
