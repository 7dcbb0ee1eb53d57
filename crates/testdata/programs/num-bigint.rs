use num_bigint::{BigInt, BigUint, Sign};

fn main() {
    let factorial = (1..=25u32).fold(BigUint::from(1u32), |a, n| a * n);
    assert_eq!(factorial.to_string(), "15511210043330985984000000");
    let n: BigInt = "-123456789012345678901234567890".parse().unwrap();
    assert_eq!(n.sign(), Sign::Minus);
    assert_eq!(BigUint::from(4u32).modpow(&13u32.into(), &497u32.into()), BigUint::from(445u32));
}
