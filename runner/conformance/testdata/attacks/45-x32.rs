//! row 45: x86-64's second interface, with bit 30 in the number
//! verdict: signal SIGSYS
mod sys;

fn main() {
    println!("process {}", unsafe { sys::syscall(0x4000_0000 | 39) });
}
