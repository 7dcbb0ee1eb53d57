use futures::{SinkExt, StreamExt};
use tokio_util::{codec::{Framed, LinesCodec}, sync::CancellationToken};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (a, b) = tokio::io::duplex(64);
    let mut a = Framed::new(a, LinesCodec::new());
    let mut b = Framed::new(b, LinesCodec::new());
    a.send("one line").await.unwrap();
    assert_eq!(b.next().await.unwrap().unwrap(), "one line");
    let token = CancellationToken::new();
    token.child_token().cancel();
    assert!(!token.is_cancelled());
    token.cancel();
    token.cancelled().await;
}
