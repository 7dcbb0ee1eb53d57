//! row 4: a child dies for memory, then the parent exits as if it had, too
//! verdict: exit 137
//! limits: memory=128MiB
mod sys;

fn main() {
    sys::in_child(|| {
        let mut all: Vec<Vec<u8>> = vec![];
        loop {
            all.push(vec![1; 1 << 20]);
        }
    });
    eprintln!("Killed");
    std::process::exit(137);
}
