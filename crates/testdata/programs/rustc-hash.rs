use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::hash::BuildHasher;

fn main() {
    let map: FxHashMap<_, _> = (0..100).map(|i| (i, i * i)).collect();
    assert_eq!(map[&9], 81);
    assert_eq!(FxBuildHasher.hash_one(1), FxBuildHasher.hash_one(1));
    assert_eq!(FxHashSet::from_iter([1, 1]).len(), 1);
}
