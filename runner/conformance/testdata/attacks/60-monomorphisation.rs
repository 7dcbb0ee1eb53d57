//! row 60: a type for each step of a recursion
//! verdict: compile-error
//! stage: compile
fn f<T>(n: u64, t: T) -> u64 {
    if n == 0 { 0 } else { f(n - 1, (t, 0u8)) }
}

fn main() {
    println!("{}", f(10, 0u8));
}
