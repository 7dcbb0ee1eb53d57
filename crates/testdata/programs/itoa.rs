fn main() {
    let mut buf = itoa::Buffer::new();
    assert_eq!(buf.format(-128i8), "-128");
    assert_eq!(buf.format(u128::MAX), u128::MAX.to_string());
}
