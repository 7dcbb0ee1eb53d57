use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

struct Countdown(u32);

impl Future for Countdown {
    type Output = &'static str;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.0 == 0 {
            return Poll::Ready("liftoff");
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn both() -> usize {
    Countdown(2).await.len() + Countdown(3).await.len()
}

fn main() {
    let mut future = pin!(both());
    let mut cx = Context::from_waker(Waker::noop());
    let mut polls = 1;
    let n = loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(n) => break n,
            Poll::Pending => polls += 1,
        }
    };
    println!("{n} {polls}");
}
