use tonic::{Code, Request, Status, metadata::MetadataValue};

fn check(req: Request<()>) -> Result<Request<()>, Status> {
    match req.metadata().get("authorization") {
        Some(t) if t == "Bearer x" => Ok(req),
        _ => Err(Status::unauthenticated("no token")),
    }
}

fn main() {
    assert_eq!(check(Request::new(())).unwrap_err().code(), Code::Unauthenticated);
    let mut req = Request::new(());
    req.metadata_mut().insert("authorization", MetadataValue::from_static("Bearer x"));
    req.set_timeout(std::time::Duration::from_secs(1));
    assert!(check(req).is_ok());
}
