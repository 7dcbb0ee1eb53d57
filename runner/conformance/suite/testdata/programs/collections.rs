use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};

fn main() {
    let mut words: HashMap<&str, usize> = HashMap::new();
    for word in "a b a c b a".split_whitespace() {
        *words.entry(word).or_default() += 1;
    }
    let sorted: BTreeMap<_, _> = words.into_iter().collect();
    println!("{sorted:?}");
    let mut heap = BinaryHeap::from([3, 1, 4, 1, 5]);
    let mut queue = VecDeque::new();
    while let Some(n) = heap.pop() {
        queue.push_front(n);
    }
    println!("{queue:?} {:?}", queue.iter().collect::<BTreeSet<_>>());
}
