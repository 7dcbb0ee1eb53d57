fn main() {
    unsafe { std::env::set_var("CARGO_HOME", "/cargo") };
    assert_eq!(home::cargo_home().unwrap(), std::path::Path::new("/cargo"));
    assert!(home::home_dir().is_some());
}
