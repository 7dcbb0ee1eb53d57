use std::{convert::Infallible, time::Duration};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut service = ServiceBuilder::new()
        .concurrency_limit(1)
        .timeout(Duration::from_millis(20))
        .map_request(|n: u32| n + 1)
        .service(service_fn(|n: u32| async move {
            if n > 10 {
                std::future::pending::<()>().await;
            }
            Ok::<_, Infallible>(n * 2)
        }));
    assert_eq!(service.ready().await.unwrap().call(1).await.unwrap(), 4);
    let err = service.ready().await.unwrap().call(10).await.unwrap_err();
    assert!(err.is::<tower::timeout::error::Elapsed>());
}
