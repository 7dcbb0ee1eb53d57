use http::{HeaderValue, Method, Request, StatusCode, Uri, header::CONTENT_TYPE};

fn main() {
    let req = Request::post("https://example.com/a?b=c").header(CONTENT_TYPE, "text/plain").body(()).unwrap();
    assert_eq!(req.method(), Method::POST);
    assert_eq!(req.uri().query(), Some("b=c"));
    assert_eq!(req.headers()["content-type"], "text/plain");
    assert!(HeaderValue::from_str("a\nb").is_err());
    assert_eq!(StatusCode::NOT_FOUND.canonical_reason(), Some("Not Found"));
    assert_eq!("/x".parse::<Uri>().unwrap().path(), "/x");
}
