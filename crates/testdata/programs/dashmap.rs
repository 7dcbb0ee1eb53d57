use dashmap::DashMap;

fn main() {
    let map = DashMap::new();
    std::thread::scope(|s| {
        for i in 0..4 {
            let map = &map;
            s.spawn(move || *map.entry(i % 2).or_insert(0) += i);
        }
    });
    assert_eq!((*map.get(&0).unwrap(), *map.get(&1).unwrap()), (2, 4));
}
