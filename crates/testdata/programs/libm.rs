fn main() {
    assert_eq!(libm::sqrt(2.0), std::f64::consts::SQRT_2);
    assert_eq!(libm::fma(2.0, 3.0, 4.0), 10.0);
    assert!((libm::tgamma(5.0) - 24.0).abs() < 1e-9);
}
