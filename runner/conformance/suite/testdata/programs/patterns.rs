fn describe(list: &[i32]) -> String {
    match list {
        [] => "empty".to_string(),
        [one] => format!("one: {one}"),
        [first, .., last] if first == last => format!("ends with {first} twice"),
        [first @ 0..=9, rest @ ..] => format!("digit {first} and {} more", rest.len()),
        [_, _, ..] => "many".into(),
    }
}

fn parse(text: &str) -> Option<(char, u32)> {
    let Some((head, tail)) = text.split_once('=') else {
        return None;
    };
    let &[c] = head.as_bytes() else { return None };
    Some((c as char, tail.parse().ok()?))
}

fn main() {
    for list in [&[][..], &[1], &[5, 6, 5], &[7, 8], &[70, 8]] {
        println!("{}", describe(list));
    }
    println!("{:?} {:?}", parse("x=3"), parse("xy=3"));
}
