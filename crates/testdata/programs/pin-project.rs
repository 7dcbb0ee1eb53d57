use pin_project::pin_project;
use std::pin::{Pin, pin};

#[pin_project]
struct Timed<F> {
    #[pin]
    inner: F,
    polls: u32,
}

impl<F: Future> Future for Timed<F> {
    type Output = (F::Output, u32);
    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let this = self.project();
        *this.polls += 1;
        this.inner.poll(cx).map(|v| (v, *this.polls))
    }
}

fn main() {
    let f = pin!(Timed { inner: async { 5 }, polls: 0 });
    assert_eq!(futures::executor::block_on(f), (5, 1));
}
