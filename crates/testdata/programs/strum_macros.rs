#[derive(strum_macros::IntoStaticStr, strum_macros::EnumIs)]
enum Answer {
    Yes,
    #[strum(serialize = "nope")]
    No,
}

fn main() {
    assert_eq!(<&str>::from(Answer::Yes), "Yes");
    assert!(Answer::No.is_no());
    assert_eq!(<&str>::from(Answer::No), "nope");
}
