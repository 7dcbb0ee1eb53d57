//! row 62: one that a compiler outside of a box could read
//! verdict: compile-error
//! stage: compile
fn main() {
    println!("{}", include_str!("/etc/shadow"));
}
