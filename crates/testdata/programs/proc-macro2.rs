use proc_macro2::{Delimiter, TokenStream, TokenTree};

fn main() {
    let tokens: TokenStream = "f(a, 1.5)".parse().unwrap();
    let trees: Vec<_> = tokens.into_iter().collect();
    let TokenTree::Group(g) = &trees[1] else { panic!("{trees:?}") };
    assert_eq!((g.delimiter(), g.stream().into_iter().count()), (Delimiter::Parenthesis, 3));
    assert_eq!(trees[0].span().start().line, 1);
}
