use futures_io::AsyncRead;
use std::{pin::Pin, task::{Context, Poll, Waker}};

fn main() {
    let mut source: &[u8] = b"hello";
    let mut buf = [0; 3];
    let cx = &mut Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(n)) = Pin::new(&mut source).poll_read(cx, &mut buf) else { panic!() };
    assert_eq!((n, &buf, source), (3, b"hel", &b"lo"[..]));
}
