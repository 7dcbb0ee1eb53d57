use num_enum::{IntoPrimitive, TryFromPrimitive};

#[derive(IntoPrimitive, TryFromPrimitive, Debug, PartialEq)]
#[repr(u8)]
enum Kind {
    A = 1,
    B = 4,
}

fn main() {
    assert_eq!(Kind::try_from(4), Ok(Kind::B));
    assert_eq!(u8::from(Kind::A), 1);
    assert!(Kind::try_from(9).is_err());
}
