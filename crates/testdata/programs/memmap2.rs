use memmap2::{Mmap, MmapMut};
use std::io::Write;

fn main() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"mapped").unwrap();
    let map = unsafe { Mmap::map(&file).unwrap() };
    assert_eq!(&map[..], b"mapped");
    let mut anon = MmapMut::map_anon(4096).unwrap();
    anon[4095] = 1;
    assert_eq!(anon.len(), 4096);
}
