use std::pin::{Pin, pin};

pin_project_lite::pin_project! {
    struct Pair<A> {
        #[pin]
        pinned: A,
        plain: u8,
    }
}

fn bump<A>(p: Pin<&mut Pair<A>>) -> (Pin<&mut A>, u8) {
    let this = p.project();
    *this.plain += 1;
    (this.pinned, *this.plain)
}

fn main() {
    let p = pin!(Pair { pinned: "x", plain: 1 });
    let (pinned, plain) = bump(p);
    assert_eq!((*pinned, plain), ("x", 2));
}
