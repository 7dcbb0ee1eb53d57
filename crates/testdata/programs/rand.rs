use rand::{RngExt, SeedableRng, rngs::{SmallRng, StdRng}, seq::{IndexedRandom, SliceRandom}};

fn main() {
    let mut a = StdRng::seed_from_u64(1);
    let mut b = StdRng::seed_from_u64(1);
    let x: u32 = a.random_range(10..20);
    assert_eq!(x, b.random_range(10..20));
    assert!((10..20).contains(&x));
    let mut v = [1, 2, 3, 4];
    v.shuffle(&mut rand::rng());
    assert!(v.choose(&mut SmallRng::seed_from_u64(2)).is_some());
    assert_eq!(v.iter().sum::<i32>(), 10);
}
