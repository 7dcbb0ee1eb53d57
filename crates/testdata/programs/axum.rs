use axum::{Json, Router, body::Body, extract::Path, http::Request, routing::get};
use tower::ServiceExt;

#[tokio::main]
async fn main() {
    let app = Router::new().route("/double/{n}", get(|Path(n): Path<u32>| async move { Json(n * 2) }));
    let req = Request::get("/double/21").body(Body::empty()).unwrap();
    let res = app.oneshot(req).await.unwrap();
    assert_eq!(res.status(), 200);
    let body = axum::body::to_bytes(res.into_body(), 100).await.unwrap();
    assert_eq!(&body[..], b"42");
}
