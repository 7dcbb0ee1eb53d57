use rustix::{fs::{self, MemfdFlags}, io};

fn main() {
    let file = fs::memfd_create("x", MemfdFlags::CLOEXEC).unwrap();
    assert_eq!(io::write(&file, b"abc").unwrap(), 3);
    assert_eq!(fs::fstat(&file).unwrap().st_size, 3);
    let mut buf = [0; 2];
    assert_eq!(io::pread(&file, &mut buf, 1).unwrap(), 2);
    assert_eq!(&buf, b"bc");
}
