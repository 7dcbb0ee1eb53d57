use derive_more::{Add, Display, From, Into};

#[derive(Add, Display, From, Into, PartialEq, Debug, Clone, Copy)]
#[display("{_0} m")]
struct Metres(i32);

fn main() {
    let sum = Metres(2) + Metres::from(3);
    assert_eq!(sum.to_string(), "5 m");
    assert_eq!(i32::from(sum), 5);
}
