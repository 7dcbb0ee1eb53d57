use syn::{Expr, Ident, ItemFn, Token, parse::{Parse, ParseStream}, parse_quote};

struct Pair {
    key: Ident,
    value: Expr,
}

impl Parse for Pair {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let key = input.parse()?;
        input.parse::<Token![=>]>()?;
        Ok(Pair { key, value: input.parse()? })
    }
}

fn main() {
    let f: ItemFn = syn::parse_str("fn f(a: u8) -> u8 { g(h(a)) }").unwrap();
    assert_eq!((f.sig.ident.to_string().as_str(), f.sig.inputs.len()), ("f", 1));
    let p: Pair = syn::parse_str("answer => 6 * 7").unwrap();
    assert!(p.key == "answer" && p.value == parse_quote!(6 * 7));
    assert_eq!(syn::parse_str::<Pair>("answer 6").err().unwrap().to_string(), "expected `=>`");
}
