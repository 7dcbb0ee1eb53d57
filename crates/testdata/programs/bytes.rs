use bytes::{Buf, BufMut, Bytes, BytesMut};

fn main() {
    let mut buf = BytesMut::with_capacity(16);
    buf.put_u16(7);
    buf.put_slice(b"tail");
    let mut frozen: Bytes = buf.freeze();
    assert_eq!(frozen.get_u16(), 7);
    assert_eq!(frozen.split_to(2), "ta");
    assert_eq!(frozen, "il");
}
