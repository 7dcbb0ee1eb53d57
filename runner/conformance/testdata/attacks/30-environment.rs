//! row 30: everything that the environment tells
//! verdict: ok
//! check: environment
fn main() {
    let mut env: Vec<_> = std::env::vars_os().collect();
    env.sort();
    for (k, v) in env {
        println!("{}={}", k.to_string_lossy(), v.to_string_lossy());
    }
    let raw = std::fs::read("/proc/self/environ").unwrap();
    println!("{}", String::from_utf8_lossy(&raw).replace('\0', " "));
}
