use semver::{Version, VersionReq};

fn main() {
    let req: VersionReq = ">=1.2.3, <1.8".parse().unwrap();
    assert!(req.matches(&Version::new(1, 7, 9)));
    assert!(!req.matches(&"1.8.0".parse().unwrap()));
    assert!(Version::parse("1.0.0-alpha").unwrap() < Version::new(1, 0, 0));
}
