//! row 38: the outside by every road, while the inside works
//! verdict: ok
mod sys;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

fn main() {
    for addr in ["1.1.1.1:80", "169.254.169.254:80", "10.0.0.1:80", "172.17.0.1:2375", "192.168.0.1:53", "[2606:4700::1]:80", "[fe80::1]:80", "[fd00:ec2::254]:80", "255.255.255.255:9", "224.0.0.1:9"] {
        let to = addr.to_socket_addrs().unwrap().next().unwrap();
        let r = TcpStream::connect_timeout(&to, Duration::from_secs(2));
        sys::denied(addr, r, &[sys::ENETUNREACH, sys::EINVAL, 99, sys::EACCES]);
        let from = if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
        if let Ok(s) = UdpSocket::bind(from) {
            sys::denied(addr, s.send_to(b"x", to), &[sys::ENETUNREACH, sys::EINVAL, 99, sys::EACCES]);
        }
    }
    for name in ["example.com:80", "host.docker.internal:80", "metadata.google.internal:80"] {
        assert!(name.to_socket_addrs().is_err(), "{name} has an address");
    }
    let here = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = here.local_addr().unwrap();
    let t = std::thread::spawn(move || {
        let mut s = TcpStream::connect(to).unwrap();
        s.write_all(b"loopback").unwrap();
    });
    let mut text = String::new();
    here.accept().unwrap().0.read_to_string(&mut text).unwrap();
    t.join().unwrap();
    assert_eq!(text, "loopback");
    assert!("localhost:80".to_socket_addrs().unwrap().any(|a| a.ip().is_loopback()));
}
