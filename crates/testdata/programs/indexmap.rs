use indexmap::{IndexMap, IndexSet, indexmap};

fn main() {
    let mut m: IndexMap<&str, u32> = indexmap! { "z" => 1, "a" => 2 };
    m.insert("m", 3);
    assert_eq!(m.keys().copied().collect::<String>(), "zam");
    assert_eq!(m.shift_remove("z"), Some(1));
    assert_eq!(m.get_index(0), Some((&"a", &2)));
    assert_eq!(IndexSet::from([3, 1, 3]).len(), 2);
}
