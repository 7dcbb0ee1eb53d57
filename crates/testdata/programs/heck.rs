use heck::{ToKebabCase, ToShoutySnakeCase, ToUpperCamelCase};

fn main() {
    assert_eq!("XMLHttpRequest".to_kebab_case(), "xml-http-request");
    assert_eq!("maxSize".to_shouty_snake_case(), "MAX_SIZE");
    assert_eq!("a_b".to_upper_camel_case(), "AB");
}
