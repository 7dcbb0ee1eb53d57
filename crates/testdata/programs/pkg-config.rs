fn main() {
    let mut config = pkg_config::Config::new();
    config.cargo_metadata(false).env_metadata(false).atleast_version("1");
    assert!(config.probe("a-library-that-is-nowhere").is_err());
}
