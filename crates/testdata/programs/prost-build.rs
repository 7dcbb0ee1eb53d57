use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

fn main() {
    let file = FileDescriptorProto {
        name: Some("x.proto".into()),
        package: Some("demo".into()),
        message_type: vec![DescriptorProto { name: Some("Empty".into()), ..Default::default() }],
        syntax: Some("proto3".into()),
        ..Default::default()
    };
    let dir = tempfile::tempdir().unwrap();
    prost_build::Config::new().out_dir(dir.path()).compile_fds(FileDescriptorSet { file: vec![file] }).unwrap();
    let code = std::fs::read_to_string(dir.path().join("demo.rs")).unwrap();
    assert!(code.contains("pub struct Empty"), "{code}");
}
