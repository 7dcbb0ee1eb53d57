use fnv::{FnvHashMap, FnvHasher};
use std::hash::Hasher;

fn main() {
    let mut h = FnvHasher::default();
    h.write(b"a");
    assert_eq!(h.finish(), 0xaf63_dc4c_8601_ec8c);
    let map: FnvHashMap<_, _> = [(1, "one")].into_iter().collect();
    assert_eq!(map[&1], "one");
}
