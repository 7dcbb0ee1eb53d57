use nix::{errno::Errno, sys::time::{TimeSpec, TimeValLike}, unistd::{read, write}};

fn main() {
    let (r, w) = std::io::pipe().unwrap();
    assert_eq!(write(&w, b"hi"), Ok(2));
    let mut buf = [0; 4];
    assert_eq!(read(&r, &mut buf), Ok(2));
    drop(r);
    assert_eq!(Errno::EPERM.desc(), "Operation not permitted");
    assert_eq!(TimeSpec::seconds(90).num_minutes(), 1);
}
