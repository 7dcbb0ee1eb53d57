use http_body_util::{BodyExt, Empty};
use hyper::{Response, body::Bytes, service::service_fn};
use hyper_util::{client::legacy::Client, rt::{TokioExecutor, TokioIo}, server::conn::auto};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (conn, _) = listener.accept().await.unwrap();
        let service = service_fn(|_| async { Ok::<_, hyper::Error>(Response::new("hi".to_string())) });
        auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(conn), service).await.unwrap();
    });
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let res = client.get(url.parse().unwrap()).await.unwrap();
    assert_eq!(res.into_body().collect().await.unwrap().to_bytes(), "hi");
}
