use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}, sync::mpsc, time};

#[tokio::main]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut conn, _) = listener.accept().await.unwrap();
        let mut s = String::new();
        conn.read_to_string(&mut s).await.unwrap();
        s
    });
    let mut client = TcpStream::connect(addr).await.unwrap();
    client.write_all(b"ping").await.unwrap();
    drop(client);
    assert_eq!(server.await.unwrap(), "ping");
    let (tx, mut rx) = mpsc::channel(1);
    tokio::select! {
        _ = rx.recv() => unreachable!(),
        _ = time::sleep(time::Duration::from_millis(1)) => tx.send(1).await.unwrap(),
    }
    assert_eq!(rx.recv().await, Some(1));
}
