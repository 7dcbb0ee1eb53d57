use digest::{Digest, Update};

fn hash<D: Digest>(parts: &[&str]) -> Vec<u8> {
    let mut d = D::new();
    parts.iter().for_each(|p| Digest::update(&mut d, p));
    d.finalize().to_vec()
}

fn main() {
    assert_eq!(hash::<sha2::Sha256>(&["a", "b"]), hash::<sha2::Sha256>(&["ab"]));
    let mut d = sha2::Sha256::default();
    Update::update(&mut d, b"x");
    assert_eq!(d.finalize().len(), 32);
}
