use native_tls::{Identity, Protocol, TlsConnector};
use std::net::{TcpListener, TcpStream};

fn main() {
    let connector = TlsConnector::builder().min_protocol_version(Some(Protocol::Tlsv12)).build().unwrap();
    assert!(Identity::from_pkcs8(b"no", b"key").is_err());
    // A server that speaks no TLS is found out.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener.accept().unwrap());
    assert!(connector.connect("localhost", stream).is_err());
}
