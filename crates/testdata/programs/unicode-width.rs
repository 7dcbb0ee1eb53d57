use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

fn main() {
    assert_eq!("日本x".width(), 5);
    assert_eq!(('e'.width(), '\u{301}'.width(), '\0'.width()), (Some(1), Some(0), None));
}
