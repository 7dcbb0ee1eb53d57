use url::{Host, Url};

fn main() {
    let u = Url::parse("https://user@例え.jp:8443/a/../b?q=1#f").unwrap();
    assert_eq!(u.host(), Some(Host::Domain("xn--r8jz45g.jp")));
    assert_eq!((u.port(), u.path(), u.query()), (Some(8443), "/b", Some("q=1")));
    assert_eq!(u.join("c?d").unwrap().path(), "/c");
    assert!(Url::parse("no scheme").is_err());
}
