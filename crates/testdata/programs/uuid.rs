use uuid::{Uuid, Version};

fn main() {
    assert_ne!(Uuid::new_v4(), Uuid::new_v4());
    let named = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"www.example.com");
    assert_eq!(named.to_string(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    assert_eq!(Uuid::now_v7().get_version(), Some(Version::SortRand));
    assert!(Uuid::parse_str("zz").is_err());
}
