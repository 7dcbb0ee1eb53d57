//! row 6: memory as options of sockets, 128 KiB each, which no group is charged for;
//! the options that programs need still work
//! verdict: ok
mod sys;
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;
use sys::*;

unsafe extern "C" {
    fn setsockopt(fd: i32, level: i32, name: i32, value: *const u8, len: u32) -> i32;
}

/// Demands that an option with a value that the kernel would keep is refused.
#[track_caller]
fn no(what: &str, fd: i32, level: i32, name: i32, value: &[u8]) {
    let r = unsafe { setsockopt(fd, level, name, value.as_ptr(), value.len() as u32) };
    refused(what, r as i64, &[EPERM, ENODEV]);
}

/// Control messages that say the hop limit, again and again, which a socket keeps.
fn hop_limits(n: usize) -> Vec<u8> {
    let mut message = [0u8; 24];
    message[..8].copy_from_slice(&20u64.to_ne_bytes());
    message[8..12].copy_from_slice(&41i32.to_ne_bytes());
    message[12..16].copy_from_slice(&8i32.to_ne_bytes()); // IPV6_2292HOPLIMIT
    message[16] = 64;
    message.repeat(n)
}

fn main() {
    let six = unsafe { socket(10, 2, 0) };
    if six >= 0 {
        no("IPV6_2292PKTOPTIONS", six, 41, 6, &hop_limits(2500));
        for (what, name) in [("IPV6_HOPOPTS", 54), ("IPV6_RTHDR", 57), ("IPV6_DSTOPTS", 59)] {
            no(what, six, 41, name, &[0, 0, 1, 4, 0, 0, 0, 0]);
        }
        for group in 0..100u32 {
            let mut join = [0u8; 20];
            join[..4].copy_from_slice(&[0xff, 2, 0, 0]);
            join[12..16].copy_from_slice(&group.to_be_bytes());
            join[16] = 1; // the loopback
            no("IPV6_JOIN_GROUP", six, 41, 20, &join);
        }
        no("IPV6_JOIN_ANYCAST", six, 41, 27, &[0; 20]);
        no("IPV6_FLOWLABEL_MGR", six, 41, 32, &[0; 32]);
        no("MCAST_JOIN_GROUP", six, 41, 42, &[0; 136]);
        no("MCAST_MSFILTER", six, 41, 48, &[0; 272]);
    }
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let four = udp.as_raw_fd();
    no("IP_OPTIONS", four, 0, 4, &[1; 40]);
    no("IP_ADD_MEMBERSHIP", four, 0, 35, &[224, 0, 0, 9, 127, 0, 0, 1]);
    no("IP_ADD_SOURCE_MEMBERSHIP", four, 0, 39, &[224, 0, 0, 9, 127, 0, 0, 1, 127, 0, 0, 1]);
    no("IP_MSFILTER", four, 0, 41, &[0; 20]);
    no("MCAST_JOIN_GROUP", four, 0, 42, &[0; 136]);
    no("UDP_ENCAP", four, 17, 100, &[2, 0, 0, 0]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = listener.as_raw_fd();
    no("TCP_MD5SIG", tcp, 6, 14, &[0; 216]);
    no("TCP_FASTOPEN_KEY", tcp, 6, 33, &[1; 16]);
    no("TCP_AO_ADD_KEY", tcp, 6, 38, &[0; 296]);
    // Other code for a socket, and other code for everybody's.
    no("TCP_ULP", tcp, 6, 31, b"tls\0");
    no("TCP_TX_DELAY", tcp, 6, 37, &[1, 0, 0, 0]);
    no("SO_TIMESTAMP", tcp, 1, 29, &[1, 0, 0, 0]);
    no("SO_TIMESTAMPING", tcp, 1, 37, &[1, 0, 0, 0]);
    no("IP_MINTTL", tcp, 0, 21, &[1, 0, 0, 0]);

    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_ttl(64).unwrap();
    stream.set_nonblocking(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(5))).unwrap();
    udp.set_broadcast(true).unwrap();
    udp.set_multicast_loop_v4(false).unwrap();
    udp.set_multicast_ttl_v4(3).unwrap();
    udp.join_multicast_v4(&Ipv4Addr::new(224, 0, 0, 9), &Ipv4Addr::UNSPECIFIED).unwrap_err();
    let on = [1, 0, 0, 0];
    for (what, level, name) in [("SO_REUSEPORT", 1, 15), ("SO_KEEPALIVE", 1, 9), ("TCP_KEEPIDLE", 6, 4), ("TCP_QUICKACK", 6, 12)] {
        assert_eq!(unsafe { setsockopt(tcp, level, name, on.as_ptr(), 4) }, 0, "{what}: error {}", errno());
    }
}
