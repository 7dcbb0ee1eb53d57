use futures_lite::{StreamExt, future, stream};

fn main() {
    let v: Vec<u32> = future::block_on(stream::iter(1..4).map(|x| x * 2).collect());
    assert_eq!(v, [2, 4, 6]);
    assert_eq!(future::block_on(future::or(future::pending(), async { 1 })), 1);
}
