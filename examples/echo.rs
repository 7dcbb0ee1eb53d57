//! A TCP server and its client, both inside the box: it has a loopback network and no
//! other. corust run examples/echo.rs
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn serve(listener: &TcpListener) -> io::Result<()> {
    let (stream, _) = listener.accept()?;
    let mut out = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        writeln!(out, "{}", line?.to_uppercase())?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("localhost:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener));

    let mut stream = TcpStream::connect(address)?;
    let mut replies = BufReader::new(stream.try_clone()?).lines();
    for word in ["hello", "from", "the", "box"] {
        writeln!(stream, "{word}")?;
        println!("{}", replies.next().expect("a reply")?);
    }
    drop(replies);
    drop(stream);
    server.join().expect("the server does not panic")
}
