fn main() {
    let mut build = cc::Build::new();
    build.target("x86_64-unknown-linux-gnu").host("x86_64-unknown-linux-gnu").opt_level(2).warnings(true).define("X", "1");
    let tool = build.try_get_compiler().unwrap();
    assert!(tool.args().iter().any(|a| a == "-O2"), "{:?}", tool.args());
}
