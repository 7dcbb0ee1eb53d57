//! row 61: a file that does not end
//! verdict: memory
//! stage: compile
//! limits: memory=256MiB
static X: &[u8] = include_bytes!("/dev/zero");

fn main() {
    println!("{}", X.len());
}
