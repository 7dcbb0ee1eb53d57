#[derive(derivative::Derivative)]
#[derivative(Debug, PartialEq, Default)]
struct Account {
    #[derivative(Default(value = "7"))]
    id: u32,
    #[derivative(Debug = "ignore", PartialEq = "ignore")]
    secret: String,
}

fn main() {
    let a = Account::default();
    assert_eq!(format!("{a:?}"), "Account { id: 7 }");
    assert!(a == Account { id: 7, secret: "other".into() });
}
