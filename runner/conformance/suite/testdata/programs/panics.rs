use std::panic;

fn checked(list: &[i32], i: usize) -> i32 {
    list[i]
}

fn main() {
    panic::set_hook(Box::new(|_| ()));
    let caught = panic::catch_unwind(|| checked(&[1, 2, 3], 7));
    println!("{} {}", caught.is_err(), checked(&[1, 2, 3], 2));
    let overflow = panic::catch_unwind(|| {
        [i32::MAX]
            .iter()
            .map(|n| n.checked_add(1).expect("overflow"))
            .sum::<i32>()
    });
    println!("{}", overflow.is_err());
}
