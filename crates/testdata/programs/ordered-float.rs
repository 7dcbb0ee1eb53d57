use ordered_float::{NotNan, OrderedFloat};
use std::collections::BTreeSet;

fn main() {
    let set: BTreeSet<_> = [2.5, f64::NAN, -1.0].map(OrderedFloat).into();
    assert_eq!(set.first().unwrap().0, -1.0);
    assert!(set.last().unwrap().is_nan());
    assert!(NotNan::new(f32::NAN).is_err());
}
