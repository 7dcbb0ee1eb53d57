use memoffset::{offset_of, span_of};

#[repr(C)]
struct Header {
    tag: u8,
    length: u32,
    rest: [u8; 8],
}

fn main() {
    assert_eq!(offset_of!(Header, length), 4);
    assert_eq!(span_of!(Header, rest), 8..16);
    let h = Header { tag: 1, length: 2, rest: [0; 8] };
    assert_eq!(h.tag as usize + h.length as usize + h.rest.len(), 11);
}
