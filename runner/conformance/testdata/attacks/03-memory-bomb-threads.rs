//! row 3: the same from many threads at once
//! verdict: memory
//! limits: memory=128MiB
fn main() {
    let threads: Vec<_> = (0..32)
        .map(|_| {
            std::thread::spawn(|| {
                let mut all: Vec<Vec<u8>> = vec![];
                loop {
                    all.push(vec![1; 1 << 20]);
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
}
