//! row 67: what is compiled is a library, so there is nothing to run
//! verdict: exit 126
#![crate_type = "lib"]

pub fn main() {}
