use regex::{Captures, Regex, RegexSet};

fn main() {
    let date = Regex::new(r"(?<y>\d{4})-(?<m>\d{2})").unwrap();
    let c = date.captures("on 2024-05-06").unwrap();
    assert_eq!((&c["y"], &c["m"]), ("2024", "05"));
    assert_eq!(date.replace_all("2024-05", |c: &Captures| format!("{}/{}", &c[2], &c[1])), "05/2024");
    assert_eq!(RegexSet::new(["a+", "b"]).unwrap().matches("caab").len(), 2);
    assert!(Regex::new("(").is_err());
}
