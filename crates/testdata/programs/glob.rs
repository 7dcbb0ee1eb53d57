fn main() {
    let p = glob::Pattern::new("src/**/*.rs").unwrap();
    assert!(p.matches("src/a/b/main.rs"));
    assert!(!p.matches("src/a/main.c"));
    std::fs::write("one.glob", "").unwrap();
    let found: Vec<_> = glob::glob("*.glob").unwrap().map(Result::unwrap).collect();
    std::fs::remove_file("one.glob").unwrap();
    assert_eq!(found, [std::path::Path::new("one.glob")]);
}
