//! row 6: what waits in TCP connections, which counts against the machine's memory for
//! TCP and in control groups of version 1 against no box's
//! verdict: ok
use std::io::Write;
use std::net::{TcpListener, TcpStream};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut held = vec![];
    let mut bytes = 0;
    for _ in 0..50 {
        let mut writer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        held.push(listener.accept().unwrap().0); // and never read
        writer.set_nonblocking(true).unwrap();
        while let Ok(n) = writer.write(&[1; 65536]) {
            bytes += n;
        }
        held.push(writer);
    }
    let each = bytes / 50;
    println!("{each} bytes in each of 50 connections");
    assert!(each <= 256 << 10, "{each} bytes wait in a connection");
}
