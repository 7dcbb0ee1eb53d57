fn main() {
    assert_eq!(mime_guess::from_path("a/b.json").first_raw(), Some("application/json"));
    assert_eq!(mime_guess::from_ext("png").first_or_octet_stream(), mime::IMAGE_PNG);
    assert!(mime_guess::from_path("none").is_empty());
}
