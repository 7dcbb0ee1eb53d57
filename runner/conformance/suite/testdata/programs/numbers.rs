#[unsafe(no_mangle)]
pub fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

pub fn power(base: u128, exponent: u32) -> Option<u128> {
    (0..exponent).try_fold(1u128, |n, _| n.checked_mul(base))
}

fn main() {
    println!("{} {:?} {:?}", gcd(48, 36), power(3, 50), power(10, 39));
    println!(
        "{} {} {}",
        250u8.wrapping_add(10),
        250u8.saturating_add(10),
        (-7i32).rem_euclid(3)
    );
    println!("{:.3} {:?} {}", 2f64.sqrt(), 0.1 + 0.2, f32::NAN.max(1.0));
}
