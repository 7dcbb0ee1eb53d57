use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

fn main() {
    // FIPS 197, appendix C.1.
    let key: [u8; 16] = std::array::from_fn(|i| i as u8);
    let plain: [u8; 16] = std::array::from_fn(|i| (i * 0x11) as u8);
    let cipher = Aes128::new(&Array::from(key));
    let mut block = Array::from(plain);
    cipher.encrypt_block(&mut block);
    assert_eq!(block[..4], [0x69, 0xc4, 0xe0, 0xd8]);
    cipher.decrypt_block(&mut block);
    assert_eq!(block[..], plain);
}
