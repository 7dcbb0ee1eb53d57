use std::io::{Read, Seek, Write};

fn main() {
    let mut f = tempfile::tempfile().unwrap();
    f.write_all(b"x").unwrap();
    f.rewind().unwrap();
    let mut s = String::new();
    f.read_to_string(&mut s).unwrap();
    assert_eq!(s, "x");
    let dir = tempfile::Builder::new().prefix("pre-").tempdir().unwrap();
    let path = dir.path().to_owned();
    assert!(path.exists());
    drop(dir);
    assert!(!path.exists());
}
