use quote::{ToTokens, format_ident, quote};

fn main() {
    let name = format_ident!("get_{}", "x");
    let types = [quote!(u8), quote!(u16)];
    let f = quote! { fn #name(#(_: #types),*) {} };
    assert_eq!(f.to_token_stream().to_string(), "fn get_x (_ : u8 , _ : u16) { }");
}
