fn main() {
    let mut headers = [httparse::EMPTY_HEADER; 4];
    let mut req = httparse::Request::new(&mut headers);
    let text = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\nbody";
    assert_eq!(req.parse(text), Ok(httparse::Status::Complete(text.len() - 4)));
    assert_eq!((req.method, req.path, req.headers[0].name), (Some("GET"), Some("/x"), "Host"));
    assert!(httparse::Request::new(&mut []).parse(b"\0").is_err());
}
