use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};

fn main() {
    let whole = futures::executor::block_on(Full::new(Bytes::from("hello")).collect()).unwrap();
    assert_eq!(whole.to_bytes(), "hello");
    let err = futures::executor::block_on(Limited::new(Full::new(Bytes::from("hello")), 3).collect()).unwrap_err();
    assert!(err.is::<LengthLimitError>());
}
