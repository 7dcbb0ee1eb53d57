#[inline(never)]
pub fn insertion<T: Ord>(list: &mut [T]) {
    for i in 1..list.len() {
        let mut j = i;
        while j > 0 && list[j - 1] > list[j] {
            list.swap(j - 1, j);
            j -= 1;
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Person {
    age: u8,
    name: String,
}

fn main() {
    let mut numbers = [5, 3, 8, 1];
    insertion(&mut numbers);
    let mut people = vec![
        Person {
            age: 30,
            name: "Bo".into(),
        },
        Person {
            age: 20,
            name: "Al".into(),
        },
    ];
    people.sort();
    people.sort_by_key(|p| std::cmp::Reverse(p.name.clone()));
    println!("{numbers:?} {people:?}");
}
