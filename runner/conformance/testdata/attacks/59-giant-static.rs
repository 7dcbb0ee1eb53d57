//! row 59: a gigabyte of initialised data
//! verdict: memory
//! stage: compile
//! limits: memory=256MiB
static X: [u8; 1_000_000_000] = [1; 1_000_000_000];

fn main() {
    println!("{}", X[std::env::args().count()]);
}
