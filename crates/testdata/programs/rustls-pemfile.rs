use rustls_pemfile::{Item, read_one};

fn main() {
    let mut pem: &[u8] = b"text before\n-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    let Some(Item::X509Certificate(der)) = read_one(&mut pem).unwrap() else { panic!() };
    assert_eq!(&der[..], [1, 2, 3]);
    assert_eq!(rustls_pemfile::certs(&mut &b"none"[..]).count(), 0);
}
