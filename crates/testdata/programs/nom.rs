use nom::{IResult, Parser, bytes::complete::tag, character::complete::{i64, space0}, multi::separated_list1, sequence::delimited};

fn list(input: &str) -> IResult<&str, Vec<i64>> {
    delimited(tag("["), separated_list1((tag(","), space0), i64), tag("]")).parse(input)
}

fn main() {
    assert_eq!(list("[1, -2,3] rest"), Ok((" rest", vec![1, -2, 3])));
    assert!(list("[1").is_err());
}
