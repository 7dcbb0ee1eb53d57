//! row 26: so is a stack overflow, in Rust
//! verdict: signal SIGABRT
#[allow(unconditional_recursion)]
fn f(n: u64) -> u64 {
    let page = std::hint::black_box([n; 512]);
    f(n + 1) + page[n as usize % 512]
}

fn main() {
    println!("{}", f(0));
}
