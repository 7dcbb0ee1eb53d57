//! row 59: three gigabytes of initialised data
//! verdict: memory
//! stage: compile
//! limits: memory=256MiB
static X: [u8; 3_000_000_000] = [1; 3_000_000_000];

fn main() {
    println!("{}", X[std::env::args().count()]);
}
