use syn::{Expr, ItemFn, parse_quote, visit::Visit};

#[derive(Default)]
struct Calls(usize);

impl Visit<'_> for Calls {
    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        self.0 += 1;
        syn::visit::visit_expr_call(self, call);
    }
}

fn main() {
    let f: ItemFn = syn::parse_str("fn f(a: u8) -> u8 { g(h(a)) }").unwrap();
    assert_eq!((f.sig.ident.to_string().as_str(), f.sig.inputs.len()), ("f", 1));
    let mut calls = Calls::default();
    calls.visit_item_fn(&f);
    assert_eq!(calls.0, 2);
    assert!(matches!(parse_quote!(1 + 2), Expr::Binary(_)));
    assert!(syn::parse_str::<Expr>("1 +").is_err());
}
