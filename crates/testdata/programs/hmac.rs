use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn main() {
    // RFC 4231, test case 2.
    let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
    mac.update(b"what do ya want for nothing?");
    let tag = mac.clone().finalize().into_bytes();
    assert_eq!(tag[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    mac.verify_slice(&tag).unwrap();
}
