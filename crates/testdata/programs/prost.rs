use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct Person {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint32, repeated, tag = "2")]
    numbers: Vec<u32>,
}

fn main() {
    let p = Person { name: "ada".into(), numbers: vec![1, 300] };
    let bytes = p.encode_to_vec();
    assert_eq!(bytes, [10, 3, b'a', b'd', b'a', 18, 3, 1, 0xac, 2]);
    assert_eq!(Person::decode(&bytes[..]).unwrap(), p);
    assert!(Person::decode(&[10, 99][..]).is_err());
}
