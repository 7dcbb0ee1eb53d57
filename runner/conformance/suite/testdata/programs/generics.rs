use std::ops::{Add, Mul};

#[derive(Debug, Clone, Copy)]
pub struct Vector<T, const N: usize>([T; N]);

impl<T: Copy + Add<Output = T> + Mul<Output = T> + Default, const N: usize> Vector<T, N> {
    pub fn dot(self, other: Self) -> T {
        let mut sum = T::default();
        for i in 0..N {
            sum = sum + self.0[i] * other.0[i];
        }
        sum
    }
}

pub fn largest<T: PartialOrd + Copy>(list: &[T]) -> Option<T> {
    let (first, rest) = list.split_first()?;
    Some(rest.iter().fold(*first, |a, &b| if b > a { b } else { a }))
}

fn main() {
    println!("{}", Vector([1, 2, 3]).dot(Vector([4, 5, 6])));
    println!("{:?} {:?}", largest(&[1.5, 0.5]), largest::<u8>(&[]));
}
