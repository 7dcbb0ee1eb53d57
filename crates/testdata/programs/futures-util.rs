use futures_util::{FutureExt, StreamExt, future::select_all, stream::FuturesUnordered};

fn main() {
    let all: FuturesUnordered<_> = (0..3).map(|i| async move { i }).collect();
    let mut got: Vec<i32> = all.collect::<Vec<_>>().now_or_never().unwrap();
    got.sort();
    assert_eq!(got, [0, 1, 2]);
    let (first, at, _) = select_all([std::future::ready(9)]).now_or_never().unwrap();
    assert_eq!((first, at), (9, 0));
}
