fn main() {
    assert_eq!(urlencoding::encode("a b/ü"), "a%20b%2F%C3%BC");
    assert_eq!(urlencoding::decode("a%20b").unwrap(), "a b");
}
