//! row 4: so many small processes that the agent is the biggest of them when the
//! kernel looks for a victim
//! verdict: memory
//! limits: memory=96MiB
mod sys;

fn main() {
    for _ in 0..90 {
        if unsafe { sys::fork() } == 0 {
            let mut all: Vec<Vec<u8>> = vec![];
            loop {
                all.push(vec![1; 64 << 10]);
                if all.len() >= 48 {
                    unsafe { sys::pause() };
                }
            }
        }
    }
    // Whichever of the children die, the agent or this one has to be next.
    let mut all: Vec<Vec<u8>> = vec![];
    loop {
        all.push(vec![1; 64 << 10]);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
