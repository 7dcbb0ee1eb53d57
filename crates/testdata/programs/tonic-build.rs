use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = Method::builder().name("hello").route_name("Hello").input_type("String").output_type("String").codec_path("Codec").build();
    let service = Service::builder().name("Greeter").package("demo").method(method).build();
    let dir = tempfile::tempdir().unwrap();
    Builder::new().out_dir(dir.path()).compile(&[service]);
    let code = std::fs::read_to_string(dir.path().join("demo.Greeter.rs")).unwrap();
    assert!(code.contains("greeter_client") && code.contains("async fn hello"), "{code}");
}
