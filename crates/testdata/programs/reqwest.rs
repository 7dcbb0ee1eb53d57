use std::{io::{Read, Write}, net::TcpListener, thread};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut conn, _) = listener.accept().unwrap();
        let mut buf = [0; 4096];
        let n = conn.read(&mut buf).unwrap();
        conn.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"n\":1}").unwrap();
        String::from_utf8_lossy(&buf[..n]).into_owned()
    });
    // No TLS is spoken here, so none of the system's certificates are wanted.
    let client = reqwest::blocking::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let res: serde_json::Value = client.get(&url).query(&[("q", "a b")]).send().unwrap().json().unwrap();
    assert_eq!(res["n"], 1);
    assert!(server.join().unwrap().starts_with("GET /x?q=a+b HTTP/1.1\r\n"));
}
