use smallvec::{SmallVec, smallvec};

fn main() {
    let mut v: SmallVec<[u32; 2]> = smallvec![1, 2];
    assert!(!v.spilled());
    v.push(3);
    assert!(v.spilled());
    assert_eq!(v.iter().sum::<u32>(), 6);
}
