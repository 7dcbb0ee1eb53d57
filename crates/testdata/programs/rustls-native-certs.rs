fn main() {
    // A box may have no certificates: then this says so, and how it looked.
    let found = rustls_native_certs::load_native_certs();
    assert!(found.errors.is_empty() || !found.errors[0].to_string().is_empty());
    let _: usize = found.certs.len();
    unsafe { std::env::remove_var("SSL_CERT_DIR") };
    unsafe { std::env::set_var("SSL_CERT_FILE", "/nowhere.pem") };
    let none = rustls_native_certs::load_native_certs();
    assert!(none.certs.is_empty() && !none.errors.is_empty());
}
