use pest_derive::Parser;

#[derive(Parser)]
#[grammar_inline = "word = { ASCII_ALPHA+ }"]
struct Words;

fn main() {
    use pest::Parser as _;
    assert_eq!(Words::parse(Rule::word, "hey you").unwrap().as_str(), "hey");
}
