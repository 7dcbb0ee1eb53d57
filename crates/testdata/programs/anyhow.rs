use anyhow::{Context, Result, bail, ensure};

fn parse(s: &str) -> Result<i32> {
    ensure!(!s.is_empty(), "nothing to parse");
    if s == "no" {
        bail!("refused");
    }
    s.parse().with_context(|| format!("parsing {s:?}"))
}

fn main() -> Result<()> {
    assert_eq!(parse("42")?, 42);
    let err = parse("x").unwrap_err();
    assert_eq!(err.to_string(), "parsing \"x\"");
    assert_eq!(err.root_cause().to_string(), "invalid digit found in string");
    Ok(())
}
