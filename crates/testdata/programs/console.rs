use console::{measure_text_width, strip_ansi_codes, style, truncate_str};

fn main() {
    let red = style("日本").red().force_styling(true).to_string();
    assert_eq!(strip_ansi_codes(&red), "日本");
    assert_eq!(measure_text_width(&red), 4);
    assert_eq!(truncate_str("abcdef", 4, "…"), "abc…");
}
