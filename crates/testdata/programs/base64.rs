use base64::{Engine, engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD}};

fn main() {
    assert_eq!(STANDARD.encode("hello"), "aGVsbG8=");
    assert_eq!(STANDARD.decode("aGVsbG8=").unwrap(), b"hello");
    assert_eq!(URL_SAFE_NO_PAD.encode([0xfb, 0xff]), "-_8");
    assert!(STANDARD.decode("!").is_err());
}
