union Bits {
    float: f32,
    int: u32,
}

fn reverse(list: &mut [u8]) {
    let n = list.len();
    let p = list.as_mut_ptr();
    for i in 0..n / 2 {
        unsafe { std::ptr::swap(p.add(i), p.add(n - 1 - i)) }
    }
}

extern "C" fn twice(n: i32) -> i32 {
    n * 2
}

fn main() {
    let bits = Bits { float: 1.0 };
    let mut text = *b"stressed";
    reverse(&mut text);
    let f: extern "C" fn(i32) -> i32 = twice;
    println!(
        "{:#x} {} {}",
        unsafe { bits.int },
        String::from_utf8_lossy(&text),
        f(21)
    );
}
