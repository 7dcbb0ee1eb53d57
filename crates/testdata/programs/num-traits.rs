use num_traits::{CheckedAdd, Float, FromPrimitive, Num, Zero};

fn sum<T: CheckedAdd + Zero>(v: &[T]) -> Option<T> {
    v.iter().try_fold(T::zero(), |a, x| a.checked_add(x))
}

fn hypot<F: Float>(a: F, b: F) -> F {
    (a * a + b * b).sqrt()
}

fn main() {
    assert_eq!((sum(&[1u8, 2]), sum(&[200u8, 100])), (Some(3), None));
    assert_eq!(hypot(3.0, 4.0), 5.0);
    assert_eq!(i64::from_str_radix("-ff", 16).unwrap(), <i64 as Num>::from_str_radix("-255", 10).unwrap());
    assert_eq!(u8::from_f64(300.0), None);
}
