use rayon::prelude::*;

fn main() {
    let sum: u64 = (0..10_000u64).into_par_iter().filter(|n| n % 3 == 0).map(|n| n * 2).sum();
    assert_eq!(sum, 33_336_666);
    let mut v: Vec<i32> = (0..1000).rev().collect();
    v.par_sort_unstable();
    assert!(v.is_sorted());
    assert_eq!(rayon::join(|| 1, || 2), (1, 2));
}
