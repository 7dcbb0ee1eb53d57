use cargo_metadata::{Message, semver::Version};

fn main() {
    let line = r#"{"reason":"build-finished","success":true}"#;
    let messages: Vec<Message> = Message::parse_stream(line.as_bytes()).collect::<Result<_, _>>().unwrap();
    assert!(matches!(&messages[0], Message::BuildFinished(b) if b.success));
    assert!(Version::parse("1.2.3").unwrap() < Version::new(1, 3, 0));
}
