fn main() {
    let pairs: Vec<_> = form_urlencoded::parse(b"a=1+2&b=%26").into_owned().collect();
    assert_eq!(pairs, [("a".into(), "1 2".into()), ("b".into(), "&".to_string())]);
    let s = form_urlencoded::Serializer::new(String::new()).append_pair("k", "ä b").finish();
    assert_eq!(s, "k=%C3%A4+b");
}
