use ahash::{AHashMap, RandomState};

fn main() {
    let mut ages = AHashMap::new();
    ages.insert("ada", 36);
    assert_eq!(ages["ada"], 36);
    let state = RandomState::with_seeds(1, 2, 3, 4);
    assert_eq!(state.hash_one("x"), state.hash_one("x"));
}
