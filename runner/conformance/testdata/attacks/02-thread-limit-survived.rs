//! row 2: a program that copes with the limit has not failed by it
//! verdict: ok
//! stdout: refused
fn main() {
    for _ in 0..10_000 {
        if std::thread::Builder::new().spawn(|| std::thread::park()).is_err() {
            println!("refused");
            std::process::exit(0);
        }
    }
}
