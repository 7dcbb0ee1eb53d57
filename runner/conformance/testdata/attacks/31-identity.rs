//! row 31: everything that tells which machine this is, and whose
//! verdict: ok
//! check: identity
mod sys;
use std::path::Path;

fn show(path: &Path, depth: usize, most: usize) {
    if let Ok(text) = std::fs::read(path) {
        println!("{}: {}", path.display(), String::from_utf8_lossy(&text[..text.len().min(most)]));
    }
    if depth > 0 {
        for e in std::fs::read_dir(path).into_iter().flatten().flatten() {
            show(&e.path(), depth - 1, most);
        }
    }
}

fn main() {
    let mut name = [0u8; 256];
    unsafe { sys::gethostname(name.as_mut_ptr(), name.len()) };
    println!("hostname {}", String::from_utf8_lossy(&name).trim_end_matches('\0'));
    println!("exe {:?}", std::env::current_exe());
    for path in ["/proc/self/mountinfo", "/proc/self/mounts", "/proc/self/cgroup", "/proc/self/cmdline", "/proc/self/maps", "/proc/cmdline", "/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostname", "/etc/resolv.conf"] {
        show(Path::new(path), 0, 8192);
    }
    for path in ["/etc", "/home", "/root", "/mnt", "/srv", "/media", "/run", "/var", "/opt"] {
        show(Path::new(path), 1, 2048);
    }
}
