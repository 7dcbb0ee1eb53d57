fn main() {
    let roots = webpki_roots::TLS_SERVER_ROOTS;
    assert!(roots.len() > 50);
    let store = rustls::RootCertStore::from_iter(roots.iter().cloned());
    assert_eq!(store.len(), roots.len());
}
