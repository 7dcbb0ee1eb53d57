use itertools::{Itertools, izip};

fn main() {
    assert_eq!([3, 1, 2].iter().sorted().join(","), "1,2,3");
    assert_eq!((1..=3).tuple_combinations::<(_, _)>().count(), 3);
    let grouped = ["a", "bb", "cc"].into_iter().into_group_map_by(|s| s.len());
    assert_eq!(grouped[&2], ["bb", "cc"]);
    assert_eq!(izip!(1..3, 4..6, 7..9).map(|(a, b, c)| a + b + c).collect_vec(), [12, 15]);
}
