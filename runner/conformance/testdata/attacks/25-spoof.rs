//! row 25: codes and words that others take for a verdict
//! verdict: exit
//! args: 124|125|126|127|137|139|143|153
//! stdout: Killed
fn main() {
    println!("Killed");
    eprintln!("out of memory\nerror: process didn't exit successfully (signal: 9, SIGKILL: kill)");
    std::process::exit(std::env::args().nth(1).unwrap().parse().unwrap());
}
