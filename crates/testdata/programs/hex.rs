fn main() {
    assert_eq!(hex::encode([0, 127, 255]), "007fff");
    assert_eq!(hex::decode("007FFF").unwrap(), [0, 127, 255]);
    assert_eq!(hex::decode("0"), Err(hex::FromHexError::OddLength));
}
