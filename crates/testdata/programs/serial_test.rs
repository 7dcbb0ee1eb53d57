use serial_test::serial;
use std::sync::atomic::{AtomicU32, Ordering};

static INSIDE: AtomicU32 = AtomicU32::new(0);

#[serial]
fn alone() {
    assert_eq!(INSIDE.fetch_add(1, Ordering::SeqCst), 0);
    std::thread::yield_now();
    INSIDE.fetch_sub(1, Ordering::SeqCst);
}

fn main() {
    std::thread::scope(|s| (0..4).for_each(|_| drop(s.spawn(alone))));
}
