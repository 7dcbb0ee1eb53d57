use convert_case::{Case, Casing};

fn main() {
    assert_eq!("my crate name".to_case(Case::UpperCamel), "MyCrateName");
    assert_eq!("HTTPServer2".to_case(Case::Snake), "http_server_2");
}
