fn main() {
    let pairs: Vec<(String, u32)> = serde_urlencoded::from_str("a=1&b=2").unwrap();
    assert_eq!(pairs[1], ("b".into(), 2));
    assert_eq!(serde_urlencoded::to_string([("q", "x y"), ("r", "&")]).unwrap(), "q=x+y&r=%26");
}
