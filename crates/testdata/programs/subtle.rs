use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

fn main() {
    assert!(bool::from([1u8, 2].ct_eq(&[1, 2])));
    assert_eq!(u32::conditional_select(&7, &9, Choice::from(1)), 9);
    assert_eq!((Choice::from(1) & !Choice::from(1)).unwrap_u8(), 0);
}
