//! Times a function as benchmark harnesses do: many batches, and the median of them.
//! corust run examples/timing.rs
use std::hint::black_box;
use std::time::{Duration, Instant};

fn fibonacci(n: u32) -> u64 {
    if n < 2 { n.into() } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

/// Returns the median time of one call.
fn median(mut f: impl FnMut()) -> Duration {
    const CALLS: u32 = 100;
    let mut batches: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                f();
            }
            start.elapsed() / CALLS
        })
        .collect();
    batches.sort();
    batches[batches.len() / 2]
}

fn main() {
    for n in [5, 10, 15] {
        let time = median(|| {
            black_box(fibonacci(black_box(n)));
        });
        println!("fibonacci({n}): {time:?}");
    }
}
