//! row 60: the same in two directions and without the compiler's own limit
//! verdict: timeout|memory
//! stage: compile
//! limits: compile_time=1s
#![recursion_limit = "100000"]

trait T {
    fn g(n: u32) -> u64;
}
struct A<X, Y>(X, Y);

impl<X: 'static, Y: 'static> T for A<X, Y> {
    fn g(n: u32) -> u64 {
        if n == 0 {
            1
        } else {
            <A<A<X, Y>, u8> as T>::g(n - 1) + <A<u8, A<X, Y>> as T>::g(n - 1)
        }
    }
}

fn main() {
    println!("{}", <A<u8, u8> as T>::g(3));
}
