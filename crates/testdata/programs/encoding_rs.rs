fn main() {
    let (text, _, bad) = encoding_rs::WINDOWS_1252.decode(b"caf\xe9");
    assert_eq!((text.as_ref(), bad), ("café", false));
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("日本");
    assert_eq!(&bytes[..], [0x93, 0xfa, 0x96, 0x7b]);
}
