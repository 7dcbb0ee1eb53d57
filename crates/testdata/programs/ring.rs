use ring::{aead, digest, hmac, rand::{SecureRandom, SystemRandom}, signature::{self, KeyPair}};

fn main() {
    assert_eq!(digest::digest(&digest::SHA256, b"abc").as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
    let rng = SystemRandom::new();
    let mut seed = [0; 32];
    rng.fill(&mut seed).unwrap();
    let key = signature::Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let sig = key.sign(b"message");
    signature::UnparsedPublicKey::new(&signature::ED25519, key.public_key().as_ref()).verify(b"message", sig.as_ref()).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"k"), b"m");
    assert_eq!(tag.as_ref().len(), 32);
    assert_eq!(aead::AES_256_GCM.key_len(), 32);
}
