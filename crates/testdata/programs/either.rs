use either::{Either, Left, Right};

fn numbers(down: bool) -> impl Iterator<Item = u32> {
    if down { Left((0..3).rev()) } else { Right(0..3) }
}

fn main() {
    assert_eq!(numbers(true).collect::<Vec<_>>(), [2, 1, 0]);
    let e: Either<u8, &str> = Right("x");
    assert_eq!(e.right(), Some("x"));
}
