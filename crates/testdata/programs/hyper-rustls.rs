use hyper_rustls::ConfigBuilderExt;
use rustls::{ClientConfig, crypto::aws_lc_rs};

fn main() {
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_native_roots();
    // A box has no certificates of its own; with some, a connector can be made.
    if let Ok(config) = config {
        let _ = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(config.with_no_client_auth()).https_only().enable_http1().build();
    }
}
