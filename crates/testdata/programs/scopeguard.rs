use scopeguard::{ScopeGuard, defer, guard};
use std::cell::Cell;

fn main() {
    let n = Cell::new(0);
    {
        defer! { n.set(n.get() + 1); }
        assert_eq!(n.get(), 0);
    }
    let kept = ScopeGuard::into_inner(guard(5, |_| n.set(100)));
    assert_eq!((kept, n.get()), (5, 1));
}
