use parking_lot::{Condvar, Mutex, RwLock};
use std::{sync::Arc, thread};

fn main() {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let other = pair.clone();
    thread::spawn(move || {
        *other.0.lock() = true;
        other.1.notify_one();
    });
    let mut ready = pair.0.lock();
    while !*ready {
        pair.1.wait(&mut ready);
    }
    let lock = RwLock::new(1);
    assert_eq!(*lock.read() + *lock.read(), 2);
    assert!(parking_lot::deadlock::check_deadlock().is_empty());
}
