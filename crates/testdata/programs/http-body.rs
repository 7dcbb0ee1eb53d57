use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{convert::Infallible, pin::Pin, task::{Context, Poll, Waker}};

struct Once(Option<Bytes>);

impl Body for Once {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|b| Ok(Frame::data(b))))
    }
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |b| b.len() as u64))
    }
}

fn main() {
    let mut body = Once(Some("abc".into()));
    assert_eq!(body.size_hint().exact(), Some(3));
    let cx = &mut Context::from_waker(Waker::noop());
    let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(cx) else { panic!() };
    assert_eq!(frame.into_data().unwrap(), "abc");
}
