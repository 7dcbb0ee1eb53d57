fn main() {
    let dir = tempfile::tempdir().unwrap();
    let tool = dir.path().join("tool");
    std::fs::write(&tool, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(which::which_in("tool", Some(dir.path()), "/").unwrap(), tool);
    assert!(which::which_in("none", Some(dir.path()), "/").is_err());
}
