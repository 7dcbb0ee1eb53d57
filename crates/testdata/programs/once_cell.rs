use once_cell::{sync::{Lazy, OnceCell}, unsync};

static NAMES: Lazy<Vec<&str>> = Lazy::new(|| vec!["a", "b"]);
static ONCE: OnceCell<u32> = OnceCell::new();

fn main() {
    assert_eq!(NAMES.len(), 2);
    assert_eq!(*ONCE.get_or_init(|| 5), 5);
    assert_eq!(ONCE.set(6), Err(6));
    assert!(unsync::OnceCell::<u8>::new().get_or_try_init(|| Err(())).is_err());
}
