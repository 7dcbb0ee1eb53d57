use quick_xml::{Reader, events::Event};

fn main() {
    let mut reader = Reader::from_str("<a x='1'><b>text</b><b/></a>");
    let (mut starts, mut text) = (0, String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(_) | Event::Empty(_) => starts += 1,
            Event::Text(t) => text.push_str(&t),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((starts, text.as_str()), (3, "text"));
}
