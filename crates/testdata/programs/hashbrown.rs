use hashbrown::{HashMap, HashSet, hash_map::Entry};

fn main() {
    let mut map: HashMap<&str, u32> = HashMap::new();
    *map.entry("a").or_default() += 2;
    assert!(matches!(map.entry("a"), Entry::Occupied(e) if *e.get() == 2));
    assert_eq!(map.extract_if(|_, v| *v > 1).count(), 1);
    let both: HashSet<_> = &HashSet::from([1, 2]) & &HashSet::from([2, 3]);
    assert_eq!(both, HashSet::from([2]));
}
