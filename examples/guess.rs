//! A guessing game: corust run examples/guess.rs
use std::cmp::Ordering;
use std::io::{self, BufRead, Write};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> io::Result<()> {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let secret = seed.subsec_nanos() / 1000 % 100 + 1;
    let mut lines = io::stdin().lock().lines();
    for turn in 1.. {
        print!("Guess a number from 1 to 100: ");
        io::stdout().flush()?;
        let Some(line) = lines.next() else {
            println!("\nIt was {secret}.");
            break;
        };
        let Ok(guess) = line?.trim().parse::<u32>() else {
            println!("That is not a number.");
            continue;
        };
        match guess.cmp(&secret) {
            Ordering::Less => println!("Too small."),
            Ordering::Greater => println!("Too big."),
            Ordering::Equal => {
                println!("Found in {turn} turns.");
                break;
            }
        }
    }
    Ok(())
}
