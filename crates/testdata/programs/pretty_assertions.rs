use pretty_assertions::{Comparison, assert_eq, assert_ne};

fn main() {
    assert_eq!([1, 2], [1, 2]);
    assert_ne!(1, 2);
    let diff = Comparison::new(&"a", &"b").to_string();
    assert!(diff.contains('\u{1b}'));
}
