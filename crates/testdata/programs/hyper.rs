use http_body_util::{BodyExt, Empty};
use hyper::{Request, Response, body::Bytes, client, server, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (conn, _) = listener.accept().await.unwrap();
        let echo = service_fn(|r: Request<hyper::body::Incoming>| async move { Ok::<_, hyper::Error>(Response::new(r.uri().path().to_string())) });
        server::conn::http1::Builder::new().serve_connection(TokioIo::new(conn), echo).await.unwrap();
    });
    let io = TokioIo::new(TcpStream::connect(addr).await.unwrap());
    let (mut send, conn) = client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(conn);
    let req = Request::get("/hello").header("host", "x").body(Empty::<Bytes>::new()).unwrap();
    let body = send.send_request(req).await.unwrap().collect().await.unwrap().to_bytes();
    assert_eq!(body, "/hello");
}
