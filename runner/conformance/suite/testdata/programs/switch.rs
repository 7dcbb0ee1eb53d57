#[inline(never)]
pub fn day(n: u32) -> &'static str {
    match n {
        0 => "Monday",
        1 => "Tuesday",
        2 => "Wednesday",
        3 => "Thursday",
        4 => "Friday",
        5 | 6 => "weekend",
        _ => "no day",
    }
}

fn main() {
    for n in 0..8 {
        println!("{}", day(n));
    }
}
