fn main() {
    let m: mime::Mime = "text/html; charset=utf-8".parse().unwrap();
    assert_eq!((m.type_(), m.subtype()), (mime::TEXT, mime::HTML));
    assert_eq!(m.get_param("charset"), Some(mime::UTF_8));
    assert!("/".parse::<mime::Mime>().is_err());
}
