fn main() {
    let mut buf = ryu::Buffer::new();
    assert_eq!(buf.format(0.1 + 0.2), "0.30000000000000004");
    assert_eq!(buf.format(1e100f64), "1e100");
    assert_eq!(buf.format(f32::NAN), "NaN");
}
