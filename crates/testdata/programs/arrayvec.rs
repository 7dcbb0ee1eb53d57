use arrayvec::{ArrayString, ArrayVec};

fn main() {
    let mut v: ArrayVec<u8, 2> = ArrayVec::new();
    v.push(1);
    v.push(2);
    assert!(v.try_push(3).is_err());
    let s = ArrayString::<8>::from("hi").unwrap();
    assert_eq!(&s[..], "hi");
}
