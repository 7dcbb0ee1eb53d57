use std::{io::{Read, Write}, net::TcpListener, thread};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for answer in ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] {
            let (mut conn, _) = listener.accept().unwrap();
            conn.read(&mut [0; 4096]).unwrap();
            conn.write_all(answer.as_bytes()).unwrap();
        }
    });
    let body = ureq::get(&url).call().unwrap().body_mut().read_to_string().unwrap();
    assert_eq!(body, "hi");
    assert!(matches!(ureq::get(&url).call(), Err(ureq::Error::StatusCode(404))));
}
