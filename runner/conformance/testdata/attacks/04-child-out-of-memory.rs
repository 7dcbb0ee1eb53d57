//! row 4: the kernel kills a child for memory, the parent ends well
//! verdict: ok
//! limits: memory=128MiB
//! stdout: child: killed by 9
mod sys;

fn main() {
    let status = sys::in_child(|| {
        let mut all: Vec<Vec<u8>> = vec![];
        loop {
            all.push(vec![1; 1 << 20]);
        }
    });
    println!("child: killed by {}", status & 0x7f);
}
