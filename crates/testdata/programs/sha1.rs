use sha1::{Digest, Sha1};

fn main() {
    let sum = Sha1::digest(b"abc");
    assert_eq!(sum[..4], [0xa9, 0x99, 0x3e, 0x36]);
}
