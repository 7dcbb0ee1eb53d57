use std::fmt::Write;

fn caesar(text: &str, by: u8) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='z' => ((c as u8 - b'a' + by) % 26 + b'a') as char,
            'A'..='Z' => ((c as u8 - b'A' + by) % 26 + b'A') as char,
            _ => c,
        })
        .collect()
}

fn main() {
    let mut out = String::new();
    write!(
        out,
        "{:>8}|{:<8}|{:^8}|{:+}|{:#x}|{:08.3}",
        "right", "left", "mid", 5, 255, 3.14159
    )
    .unwrap();
    println!("{out}");
    println!("{} {}", caesar("Hello, größe", 3), "größe".len());
    println!(
        "{:?}",
        "a,b,,c"
            .split(',')
            .map(str::to_uppercase)
            .collect::<Vec<_>>()
    );
}
