const LIMIT: usize = square(4);
static GREETING: &str = "hi";
static TABLE: [u32; LIMIT] = {
    let mut table = [0; LIMIT];
    let mut i = 0;
    while i < LIMIT {
        table[i] = (i * i) as u32;
        i += 1;
    }
    table
};

const fn square(n: usize) -> usize {
    n * n
}

fn main() {
    println!("{GREETING} {} {}", TABLE.len(), TABLE[15]);
}
