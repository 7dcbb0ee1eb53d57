use darling::{FromDeriveInput, FromMeta};

#[derive(FromMeta, Default, PartialEq, Debug)]
struct Range {
    min: i64,
    #[darling(default)]
    max: Option<i64>,
}

#[derive(FromDeriveInput)]
#[darling(attributes(my))]
struct Options {
    range: Range,
}

fn main() {
    let input = darling::export::syn::parse_str("#[my(range(min = 3))] struct S;").unwrap();
    let options = Options::from_derive_input(&input).unwrap();
    assert_eq!(options.range, Range { min: 3, max: None });
    assert!(Options::from_derive_input(&darling::export::syn::parse_str("struct S;").unwrap()).is_err());
}
