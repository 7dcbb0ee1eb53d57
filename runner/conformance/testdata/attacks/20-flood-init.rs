//! row 20: floods of each signal that ends a process, mixed with SIGURG, in whose
//! handler Go's runtime blocks all signals, from more senders than there are processors
//! verdict: exit 5
//! stdout: alive
//! mode: release
//! args: |2
//! repeat: 3
mod sys;
use sys::*;

fn main() {
    // Milliseconds for each signal. The agent that this killed, it killed in the first.
    let time: u128 = std::env::args().nth(1).map_or(40, |arg| arg.parse().unwrap());
    let fatal: Vec<i32> = [1, 2, 10, 12, 13, 14, 15, 16, 26, 27, 29, 30].into_iter().chain(32..=64).collect();
    let senders: Vec<i32> = (0..3)
        .map(|offset| {
            let child = unsafe { fork() };
            if child == 0 {
                for i in 0..fatal.len() {
                    let signal = fatal[(i + offset * 15) % fatal.len()];
                    let start = std::time::Instant::now();
                    while start.elapsed().as_millis() < time {
                        for _ in 0..100 {
                            unsafe { kill(1, 23) };
                            unsafe { kill(1, signal) };
                        }
                    }
                }
                unsafe { _exit(0) };
            }
            child
        })
        .collect();
    for child in senders {
        assert_eq!(wait(child), 0);
    }
    println!("alive");
    std::process::exit(5);
}
