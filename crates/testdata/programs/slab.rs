use slab::Slab;

fn main() {
    let mut s = Slab::new();
    let (a, b) = (s.insert("a"), s.insert("b"));
    assert_eq!(s.remove(a), "a");
    assert_eq!(s.insert("c"), a, "the place is used again");
    assert_eq!((s[b], s.len(), s.get(9)), ("b", 2, None));
}
