fn main() {
    assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
    let mut h = crc32fast::Hasher::new();
    h.update(b"12345");
    h.update(b"6789");
    assert_eq!(h.finalize(), 0xcbf4_3926);
}
