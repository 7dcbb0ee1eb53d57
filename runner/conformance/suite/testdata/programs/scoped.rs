use std::thread;

fn main() {
    let mut data: Vec<u32> = (0..64).collect();
    thread::scope(|s| {
        for chunk in data.chunks_mut(16) {
            s.spawn(move || chunk.iter_mut().for_each(|n| *n *= 2));
        }
    });
    println!("{}", data.iter().sum::<u32>());
}
