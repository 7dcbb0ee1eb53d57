//! row 47: more rights than one was given
//! verdict: ok
mod sys;
use std::os::unix::fs::PermissionsExt;
use sys::*;

fn field(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with(name)).unwrap();
    line.split_once(':').unwrap().1.trim().to_string()
}

fn main() {
    if std::env::args().nth(1).is_some() {
        // The second life, as a setuid program of its own making.
        assert_ne!(field("Uid").split_whitespace().nth(1), Some("0"));
        return;
    }
    assert_ne!(unsafe { getuid() }, 0, "the program is root");
    assert_eq!(field("NoNewPrivs"), "1");
    assert_eq!(field("Seccomp"), "2");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(field(set), "0000000000000000", "{set}");
    }
    let bounding = u64::from_str_radix(&field("CapBnd"), 16).unwrap();
    assert_eq!(bounding & !0xe1, 0, "the bounding set is {bounding:#x}"); // CHOWN, KILL, SETGID, SETUID at most
    unsafe {
        refused("setuid", syscall(nr::setuid, 0), &[EPERM, EINVAL]);
        refused("setgid", syscall(nr::setgid, 0), &[EPERM, EINVAL]);
        refused("setgroups", syscall(nr::setgroups, 1, [0u32].as_ptr()), &[EPERM]);
        let header = [0x20080522u32, 0];
        let all = [!0u32; 6];
        refused("capset", syscall(nr::capset, header.as_ptr(), all.as_ptr()), &[EPERM]);
    }
    std::fs::copy("/proc/self/exe", "/work/suid").unwrap();
    std::fs::set_permissions("/work/suid", std::fs::Permissions::from_mode(0o6755)).unwrap();
    assert!(std::process::Command::new("/work/suid").arg("again").status().unwrap().success());
    for tool in ["su", "sudo", "mount", "umount", "pkexec", "passwd", "newgrp", "chsh", "gpasswd", "newuidmap"] {
        for dir in ["/bin", "/sbin", "/usr/bin", "/usr/sbin"] {
            if let Ok(m) = std::fs::metadata(format!("{dir}/{tool}")) {
                assert_eq!(m.permissions().mode() & 0o6000, 0, "{dir}/{tool} is setuid");
            }
        }
    }
}
