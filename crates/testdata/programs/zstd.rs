fn main() {
    let text = "again and ".repeat(100);
    let packed = zstd::encode_all(text.as_bytes(), 19).unwrap();
    assert!(packed.len() < 60);
    assert_eq!(zstd::decode_all(&packed[..]).unwrap(), text.as_bytes());
    assert!(zstd::decode_all(&b"nonsense"[..]).is_err());
}
