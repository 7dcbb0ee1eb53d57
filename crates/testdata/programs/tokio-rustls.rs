use std::sync::Arc;
use tokio_rustls::{TlsConnector, rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName}};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let (ours, theirs) = tokio::io::duplex(64);
    drop(theirs);
    let tls = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("x.test").unwrap(), ours).await;
    assert!(tls.is_err(), "nobody is there");
}
