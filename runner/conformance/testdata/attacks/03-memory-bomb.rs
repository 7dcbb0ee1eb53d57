//! row 3: touched memory without end
//! verdict: memory
//! limits: memory=128MiB
fn main() {
    let mut all: Vec<Vec<u8>> = vec![];
    loop {
        all.push(vec![1; 1 << 20]);
    }
}
