use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let service = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(header::SERVER, header::HeaderValue::from_static("corust")))
        .layer(CompressionLayer::new())
        .service(service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from("x".repeat(1000))))) }));
    let req = Request::builder().header("accept-encoding", "gzip").body(()).unwrap();
    let res = service.oneshot(req).await.unwrap();
    assert_eq!((&res.headers()["server"], &res.headers()["content-encoding"]), (&"corust".parse().unwrap(), &"gzip".parse().unwrap()));
}
