use num::{BigInt, Complex, Integer, Rational64, pow};

fn main() {
    assert_eq!(Complex::new(1, 2) * Complex::new(3, 4), Complex::new(-5, 10));
    assert_eq!(Rational64::new(1, 3) + Rational64::new(1, 6), Rational64::new(1, 2));
    assert_eq!(pow(BigInt::from(2), 100).to_string(), "1267650600228229401496703205376");
    assert_eq!(12u32.gcd(&18), 6);
}
