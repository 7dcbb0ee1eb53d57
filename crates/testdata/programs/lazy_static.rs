use std::{collections::HashMap, sync::Mutex};

lazy_static::lazy_static! {
    static ref NAMES: HashMap<u32, &'static str> = HashMap::from([(1, "one")]);
    static ref COUNT: Mutex<u32> = Mutex::new(0);
}

fn main() {
    assert_eq!(NAMES[&1], "one");
    *COUNT.lock().unwrap() += 1;
    assert_eq!(*COUNT.lock().unwrap(), 1);
}
