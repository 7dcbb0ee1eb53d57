use predicates::prelude::*;

fn main() {
    let small = predicate::lt(10).and(predicate::ne(3));
    assert!(small.eval(&5));
    assert!(!small.eval(&3));
    let text = predicate::str::contains("ell").count(1).or(predicate::str::is_empty());
    assert!(text.eval("hello"));
}
