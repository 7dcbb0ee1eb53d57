fn main() {
    unsafe { std::env::set_var("XDG_CONFIG_HOME", "/somewhere") };
    assert_eq!(dirs::config_dir().unwrap().to_str(), Some("/somewhere"));
    assert!(dirs::home_dir().is_some());
}
