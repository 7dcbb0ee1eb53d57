use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::io::{Read, Write};

fn main() {
    let text = "again and ".repeat(100);
    let mut enc = GzEncoder::new(Vec::new(), Compression::best());
    enc.write_all(text.as_bytes()).unwrap();
    let packed = enc.finish().unwrap();
    assert!(packed.len() < 100);
    let mut out = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut out).unwrap();
    assert_eq!(out, text);
}
