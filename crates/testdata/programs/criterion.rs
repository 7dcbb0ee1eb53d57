use criterion::{BenchmarkId, Criterion};
use std::{hint::black_box, time::Duration};

fn main() {
    let mut c = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(5))
        .measurement_time(Duration::from_millis(20))
        .without_plots();
    let mut runs = 0u64;
    c.bench_with_input(BenchmarkId::new("sum", 10), &10u64, |b, &n| {
        b.iter(|| {
            runs += 1;
            (0..black_box(n)).sum::<u64>()
        })
    });
    assert!(runs > 10);
}
