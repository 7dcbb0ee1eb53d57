//! row 56: a macro that doubles its input
//! verdict: memory
//! stage: compile
//! limits: memory=256MiB
macro_rules! a {
    ($($x:tt)*) => { a!{$($x)* $($x)*} };
}
a! {1}

fn main() {}
