use tokio_stream::{StreamExt, wrappers::ReceiverStream};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (tx, rx) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        for i in 0..4 {
            tx.send(i).await.unwrap();
        }
    });
    let even: Vec<i32> = ReceiverStream::new(rx).filter(|n| n % 2 == 0).collect().await;
    assert_eq!(even, [0, 2]);
    assert_eq!(tokio_stream::iter([1, 2]).merge(tokio_stream::once(3)).fold(0, |a, b| a + b).await, 6);
}
