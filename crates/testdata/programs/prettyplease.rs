fn main() {
    let file = prettyplease_syn("fn main ( ) { let x=1 ; }");
    assert_eq!(file, "fn main() {\n    let x = 1;\n}\n");
}

fn prettyplease_syn(text: &str) -> String {
    prettyplease::unparse(&syn::parse_file(text).unwrap())
}
