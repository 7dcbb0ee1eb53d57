use crossbeam_utils::{CachePadded, sync::WaitGroup, thread};
use std::sync::atomic::{AtomicU32, Ordering};

fn main() {
    let n = CachePadded::new(AtomicU32::new(0));
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|_| n.fetch_add(1, Ordering::SeqCst));
        }
    })
    .unwrap();
    assert_eq!(n.load(Ordering::SeqCst), 4);
    let wg = WaitGroup::new();
    let other = wg.clone();
    std::thread::spawn(move || drop(other));
    wg.wait();
}
