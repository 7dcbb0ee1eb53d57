use bincode::{Decode, Encode, config};

#[derive(Encode, Decode, PartialEq, Debug)]
struct Point {
    x: i32,
    name: String,
}

fn main() {
    let p = Point { x: -3, name: "p".into() };
    let bytes = bincode::encode_to_vec(&p, config::standard()).unwrap();
    let (q, used): (Point, usize) = bincode::decode_from_slice(&bytes, config::standard()).unwrap();
    assert_eq!((p, bytes.len()), (q, used));
}
