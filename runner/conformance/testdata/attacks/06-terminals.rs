//! row 6: memory as pseudo-terminals, of which the machine has one number for everybody
//! and which are charged to no group
//! verdict: ok
use std::fs::OpenOptions;

fn main() {
    for path in ["/dev/ptmx", "/dev/pts/ptmx"] {
        let r = OpenOptions::new().read(true).write(true).open(path);
        assert!(r.is_err(), "{path} can be opened");
    }
    let list = std::fs::read_dir("/dev/pts").into_iter().flatten().count();
    assert_eq!(list, 0, "there are terminals");
}
