use thiserror::Error;

#[derive(Error, Debug)]
enum Failure {
    #[error("bad number {0:?}")]
    Number(String, #[source] std::num::ParseIntError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

fn main() {
    let err = Failure::Number("x".into(), "x".parse::<u8>().unwrap_err());
    assert_eq!(err.to_string(), "bad number \"x\"");
    assert!(std::error::Error::source(&err).is_some());
    assert!(matches!(Failure::from(std::io::Error::other("o")), Failure::Io(_)));
}
