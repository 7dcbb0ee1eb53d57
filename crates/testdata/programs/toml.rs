use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Config {
    name: String,
    ports: Vec<u16>,
}

fn main() {
    let c: Config = toml::from_str("name = 'x'\nports = [1, 2]\n").unwrap();
    assert_eq!(c, Config { name: "x".into(), ports: vec![1, 2] });
    assert_eq!(toml::from_str::<Config>(&toml::to_string(&c).unwrap()).unwrap(), c);
    assert!(toml::from_str::<toml::Table>("a = ").is_err());
}
