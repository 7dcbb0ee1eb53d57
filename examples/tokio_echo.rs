//! The same with tokio, which the default set of crates has:
//! corust crates build, then corust run examples/tokio_echo.rs
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("localhost:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let (read, mut write) = stream.split();
        let mut lines = BufReader::new(read).lines();
        while let Some(line) = lines.next_line().await? {
            write.write_all(format!("{}\n", line.to_uppercase()).as_bytes()).await?;
        }
        Ok::<_, std::io::Error>(())
    });

    let mut stream = TcpStream::connect(address).await?;
    let (read, mut write) = stream.split();
    let mut replies = BufReader::new(read).lines();
    for word in ["hello", "from", "tokio"] {
        write.write_all(format!("{word}\n").as_bytes()).await?;
        println!("{}", replies.next_line().await?.expect("a reply"));
    }
    drop(stream);
    server.await.expect("the server does not panic")
}
