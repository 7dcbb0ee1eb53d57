use socket2::{Domain, SockAddr, Socket, Type};
use std::{io::{Read, Write}, net::SocketAddr};

fn main() {
    let server = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    server.set_reuse_address(true).unwrap();
    server.bind(&SockAddr::from("127.0.0.1:0".parse::<SocketAddr>().unwrap())).unwrap();
    server.listen(1).unwrap();
    let mut client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.connect(&server.local_addr().unwrap()).unwrap();
    client.set_tcp_nodelay(true).unwrap();
    let (mut conn, _) = server.accept().unwrap();
    client.write_all(b"ok").unwrap();
    let mut buf = [0; 2];
    conn.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"ok");
}
