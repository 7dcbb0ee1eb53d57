paste::paste! {
    fn [<get_ value>]() -> u8 { 7 }
    const [<NAME_ UPPER>]: &str = stringify!([<Ab:snake>]);
}

fn main() {
    assert_eq!(get_value(), 7);
    assert!(!NAME_UPPER.is_empty());
}
