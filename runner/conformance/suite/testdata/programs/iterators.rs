struct Fibonacci {
    now: u64,
    next: u64,
}

impl Iterator for Fibonacci {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        let now = self.now;
        self.now = self.next;
        self.next = now.checked_add(self.next)?;
        Some(now)
    }
}

fn main() {
    let even: Vec<u64> = Fibonacci { now: 0, next: 1 }
        .filter(|n| n % 2 == 0)
        .take_while(|&n| n < 1000)
        .collect();
    println!("{even:?}");
    let text = "the quick brown fox";
    let longest = text.split(' ').max_by_key(|w| w.len()).unwrap_or_default();
    println!("{longest} {}", text.chars().rev().collect::<String>());
    for (i, pair) in [1, 2, 3, 4, 5].windows(2).enumerate() {
        print!("{i}:{} ", pair.iter().sum::<i32>());
    }
    println!();
}
