use std::io::{Cursor, Read, Write};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

fn main() {
    let mut w = ZipWriter::new(Cursor::new(Vec::new()));
    w.start_file("a/b.txt", SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
    w.write_all("again ".repeat(100).as_bytes()).unwrap();
    let mut archive = ZipArchive::new(w.finish().unwrap()).unwrap();
    let mut f = archive.by_name("a/b.txt").unwrap();
    assert!(f.compressed_size() < 100);
    let mut text = String::new();
    f.read_to_string(&mut text).unwrap();
    assert_eq!(text.len(), 600);
}
