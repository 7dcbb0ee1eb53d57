use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, byteorder::network_endian::U16};

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Header {
    kind: u8,
    flags: u8,
    length: U16,
}

fn main() {
    let (h, rest) = Header::ref_from_prefix(&[1, 2, 0, 5, 9]).unwrap();
    assert_eq!((h.kind, h.length.get(), rest), (1, 5, &[9][..]));
    assert_eq!(h.as_bytes(), [1, 2, 0, 5]);
    assert!(Header::ref_from_bytes(&[1]).is_err());
}
