use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut total = 0i64;
    for (n, line) in io::stdin().lock().lines().enumerate() {
        let line = line?;
        match line.trim().parse::<i64>() {
            Ok(value) => total += value,
            Err(e) => writeln!(out, "line {}: {e}", n + 1)?,
        }
    }
    writeln!(out, "{total}")?;
    out.flush()
}
