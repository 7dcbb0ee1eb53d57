use sha2::{Digest, Sha256, Sha512};

fn main() {
    let mut h = Sha256::new();
    h.update("a");
    h.update("bc");
    assert_eq!(h.finalize()[..4], [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(Sha512::digest([]).len(), 64);
}
