use zeroize::{Zeroize, Zeroizing};

fn main() {
    let mut key = [7u8; 16];
    key.zeroize();
    assert_eq!(key, [0; 16]);
    let secret = Zeroizing::new(String::from("pass"));
    assert_eq!(secret.len(), 4);
}
