//! row 6: memory as connections that are over, which a kernel remembers for a minute
//! and charges to no group
//! verdict: ok
use std::net::{TcpListener, TcpStream};

/// How many connections the kernel remembers, as it says itself.
fn remembered() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/net/sockstat").ok()?;
    let mut words = text.split_whitespace().skip_while(|word| *word != "tw");
    words.nth(1)?.parse().ok()
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for _ in 0..3000 {
        let client = TcpStream::connect(address).unwrap();
        let server = listener.accept().unwrap();
        drop(client); // the first to close is the one that waits
        drop(server);
    }
    if let Some(n) = remembered() {
        assert!(n <= 1024, "{n} connections are remembered");
    }
}
