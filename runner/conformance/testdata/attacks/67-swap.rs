//! row 67: a program that makes itself another one while it runs
//! verdict: exit 8
use std::os::unix::fs::PermissionsExt;

fn main() {
    let me = std::env::current_exe().unwrap();
    std::fs::remove_file(&me).unwrap();
    std::fs::write(&me, "#!/bin/sh\nexit 0\n").unwrap();
    std::fs::set_permissions(&me, std::fs::Permissions::from_mode(0o4755)).unwrap();
    std::process::exit(8);
}
