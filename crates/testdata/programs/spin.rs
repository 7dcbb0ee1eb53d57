use spin::{Mutex, Once, RwLock};

static N: Mutex<u32> = Mutex::new(0);
static ONCE: Once<&str> = Once::new();

fn main() {
    std::thread::scope(|s| (0..4).for_each(|_| drop(s.spawn(|| *N.lock() += 1))));
    assert_eq!(*N.lock(), 4);
    assert_eq!(*ONCE.call_once(|| "x"), "x");
    let lock = RwLock::new(1);
    assert_eq!(*lock.read(), 1);
}
