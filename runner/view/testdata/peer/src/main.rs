//! Reads symbols, one a line, and writes for each its short and its verbose form with a
//! tab between, escaped as Rust strings are; or a lone line feed if it is no symbol.
use std::io::{self, BufRead, BufWriter, Write};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        match rustc_demangle::try_demangle(&line?) {
            Ok(name) => writeln!(out, "{}\t{}", plain(&format!("{name:#}")), plain(&format!("{name}")))?,
            Err(_) => writeln!(out)?,
        }
    }
    out.flush()
}

fn plain(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}
