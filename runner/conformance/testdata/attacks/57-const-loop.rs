//! row 57: a constant that is never known
//! verdict: timeout
//! stage: compile
//! limits: compile_time=700ms
#![allow(long_running_const_eval)]

const X: u64 = {
    let mut i = 0u64;
    while i != u64::MAX {
        i += 1
    }
    i
};

fn main() {
    println!("{X}");
}
