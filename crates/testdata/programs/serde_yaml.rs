use std::collections::BTreeMap;

fn main() {
    let v: BTreeMap<String, Vec<u32>> = serde_yaml::from_str("a:\n  - 1\n  - 2\nb: [3]\n").unwrap();
    assert_eq!(v["a"], [1, 2]);
    assert_eq!(serde_yaml::to_string(&v).unwrap(), "a:\n- 1\n- 2\nb:\n- 3\n");
    assert!(serde_yaml::from_str::<u32>("{").is_err());
}
