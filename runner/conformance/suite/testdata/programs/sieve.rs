pub fn primes(limit: usize) -> Vec<usize> {
    let mut sieve = vec![true; limit + 1];
    let mut found = Vec::new();
    for n in 2..=limit {
        if sieve[n] {
            found.push(n);
            for multiple in (n * n..=limit).step_by(n) {
                sieve[multiple] = false;
            }
        }
    }
    found
}

fn main() {
    println!("{:?}", primes(50));
}
