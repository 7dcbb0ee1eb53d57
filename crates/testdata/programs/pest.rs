use pest::{Parser, iterators::Pairs};

#[derive(pest_derive::Parser)]
#[grammar_inline = "number = @{ ASCII_DIGIT+ } sum = { number ~ (\"+\" ~ number)* }"]
struct Sum;

fn add(pairs: Pairs<Rule>) -> u32 {
    pairs.filter(|p| p.as_rule() == Rule::number).map(|p| p.as_str().parse::<u32>().unwrap()).sum()
}

fn main() {
    let sum = Sum::parse(Rule::sum, "1+20+300").unwrap().next().unwrap();
    assert_eq!(add(sum.into_inner()), 321);
    assert!(Sum::parse(Rule::sum, "+").is_err());
}
