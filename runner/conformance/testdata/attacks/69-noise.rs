//! row 69: the compiler's crash reports and logs
//! verdict: compile-error
//! stage: compile
fn main() {
    let _: u8 = "";
}
