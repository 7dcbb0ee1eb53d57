use std::io::Write;
use termcolor::{Buffer, Color, ColorSpec, WriteColor};

fn main() {
    let mut out = Buffer::ansi();
    out.set_color(ColorSpec::new().set_fg(Some(Color::Green)).set_bold(true)).unwrap();
    write!(out, "ok").unwrap();
    out.reset().unwrap();
    assert_eq!(out.as_slice(), b"\x1b[0m\x1b[1m\x1b[32mok\x1b[0m");
}
