use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

const SET: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

fn main() {
    assert_eq!(utf8_percent_encode("a b%ü", SET).to_string(), "a%20b%25%C3%BC");
    assert_eq!(percent_decode_str("a%20b").decode_utf8().unwrap(), "a b");
}
