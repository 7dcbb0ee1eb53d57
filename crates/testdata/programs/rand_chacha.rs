use rand_chacha::{ChaCha20Rng, rand_core::{Rng, SeedableRng}};

fn main() {
    let mut r = ChaCha20Rng::from_seed([0; 32]);
    // The key stream for a key and nonce of zeros begins 76 b8 e0 ad.
    assert_eq!(r.next_u32().to_le_bytes(), [0x76, 0xb8, 0xe0, 0xad]);
    r.set_word_pos(0);
    assert_eq!(r.next_u32(), 0xade0b876);
}
