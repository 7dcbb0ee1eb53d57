use num_integer::{Integer, Roots, binomial, gcd};

fn main() {
    assert_eq!(gcd(48, 36), 12);
    assert_eq!((-7i32).div_mod_floor(&2), (-4, 1));
    assert_eq!(binomial(49u64, 6), 13_983_816);
    assert_eq!(1_000_001u32.sqrt(), 1000);
}
