use futures::{StreamExt, executor::block_on, future::join, stream};

fn main() {
    let (a, b) = block_on(join(async { 1 }, async { 2 }));
    assert_eq!(a + b, 3);
    let sum = block_on(stream::iter(1..=4).map(|x| async move { x * x }).buffered(2).fold(0, |a, x| async move { a + x }));
    assert_eq!(sum, 30);
}
