use rstest::{fixture, rstest};

#[fixture]
fn base() -> u32 {
    40
}

#[rstest]
#[case(2, 42)]
#[case(3, 43)]
#[allow(dead_code)]
fn adds(base: u32, #[case] n: u32, #[case] want: u32) {
    assert_eq!(base + n, want);
}

fn main() {
    assert_eq!(base(), 40);
}
