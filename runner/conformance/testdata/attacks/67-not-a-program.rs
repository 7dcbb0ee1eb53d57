//! row 67: what is compiled is a library, so there is nothing to run
//! verdict: no-program
//! stage: compile
#![crate_type = "lib"]

pub fn main() {}
