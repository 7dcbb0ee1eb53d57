use std::{error::Error, fmt, num::ParseIntError};

#[derive(Debug)]
enum Failure {
    Empty,
    Number(ParseIntError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Empty => f.write_str("nothing to add"),
            Failure::Number(e) => write!(f, "not a number: {e}"),
        }
    }
}

impl Error for Failure {}

impl From<ParseIntError> for Failure {
    fn from(e: ParseIntError) -> Self {
        Failure::Number(e)
    }
}

fn sum(text: &str) -> Result<i64, Failure> {
    if text.is_empty() {
        return Err(Failure::Empty);
    }
    let mut sum = 0;
    for part in text.split('+') {
        sum += part.trim().parse::<i64>()?;
    }
    Ok(sum)
}

fn main() -> Result<(), Box<dyn Error>> {
    for text in ["1 + 2", "", "1 + x"] {
        match sum(text) {
            Ok(n) => println!("{n}"),
            Err(e) => println!("{e}"),
        }
    }
    println!("{}", sum("40+2")?);
    Ok(())
}
