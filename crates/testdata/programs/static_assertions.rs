use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any, const_assert};

assert_eq_size!(u64, [u8; 8]);
assert_impl_all!(String: Send, Sync, Clone);
assert_not_impl_any!(std::rc::Rc<u8>: Send, Sync);
const_assert!(usize::BITS >= 16);

fn main() {}
