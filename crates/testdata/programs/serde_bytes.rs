use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Blob {
    #[serde(with = "serde_bytes")]
    data: Vec<u8>,
}

fn main() {
    let b = Blob { data: vec![1, 2] };
    let text = serde_json::to_string(&b).unwrap();
    assert_eq!(text, r#"{"data":[1,2]}"#);
    assert_eq!(serde_json::from_str::<Blob>(&text).unwrap(), b);
    assert_eq!(serde_bytes::Bytes::new(b"x").len(), 1);
}
