use futures_core::{FusedFuture, Stream};
use std::{pin::Pin, task::{Context, Poll, Waker}};

struct Countdown(u32);

impl Stream for Countdown {
    type Item = u32;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        self.0 = match self.0.checked_sub(1) {
            Some(n) => n,
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(self.0))
    }
}

fn fused(_: &dyn FusedFuture<Output = ()>) {}

fn main() {
    fused(&futures::future::pending());
    let mut s = Countdown(1);
    let cx = &mut Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut s).poll_next(cx), Poll::Ready(Some(0)));
    assert_eq!(Pin::new(&mut s).poll_next(cx), Poll::Ready(None));
}
