use memchr::{memchr, memchr2_iter, memmem};

fn main() {
    assert_eq!(memchr(b'c', b"abcabc"), Some(2));
    assert_eq!(memchr2_iter(b'a', b'b', b"abcab").collect::<Vec<_>>(), [0, 1, 3, 4]);
    assert_eq!(memmem::find(b"the needle is here", b"needle"), Some(4));
}
