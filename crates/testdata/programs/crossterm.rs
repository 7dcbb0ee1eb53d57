use crossterm::{cursor::MoveTo, event::{KeyCode, KeyEvent, KeyModifiers}, queue, style::{Color, SetForegroundColor}};

fn main() {
    let mut out = Vec::new();
    queue!(out, MoveTo(2, 1), SetForegroundColor(Color::Red)).unwrap();
    assert!(out.starts_with(b"\x1b[2;3H"), "{out:?}");
    let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(key.modifiers, KeyModifiers::CONTROL);
}
