use data_encoding::{BASE32, HEXLOWER};

fn main() {
    assert_eq!(BASE32.encode(b"hello"), "NBSWY3DP");
    assert_eq!(HEXLOWER.decode(b"00ff").unwrap(), [0, 255]);
    assert!(HEXLOWER.decode(b"0g").is_err());
}
