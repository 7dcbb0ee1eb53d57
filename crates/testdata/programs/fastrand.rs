fn main() {
    let mut a = fastrand::Rng::with_seed(7);
    let mut b = fastrand::Rng::with_seed(7);
    let x = a.u32(10..20);
    assert_eq!(x, b.u32(10..20));
    assert!((10..20).contains(&x));
    let mut v = [1, 2, 3];
    a.shuffle(&mut v);
    v.sort();
    assert_eq!(v, [1, 2, 3]);
}
