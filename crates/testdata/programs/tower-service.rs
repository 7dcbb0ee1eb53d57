use std::{future::{Ready, ready}, task::{Context, Poll, Waker}};
use tower_service::Service;

struct Double;

impl Service<u32> for Double {
    type Response = u32;
    type Error = ();
    type Future = Ready<Result<u32, ()>>;
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }
    fn call(&mut self, n: u32) -> Self::Future {
        ready(n.checked_mul(2).ok_or(()))
    }
}

fn main() {
    assert!(Double.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(Double.call(4).into_inner(), Ok(8));
}
