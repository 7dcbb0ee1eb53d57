//! row 40: the engine's socket, and sockets of the host anywhere
//! verdict: ok
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

fn walk(dir: &Path, depth: usize) {
    for e in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let kind = e.file_type().unwrap();
        assert!(!kind.is_socket() && !kind.is_fifo() && !kind.is_block_device(), "{:?} is a {kind:?}", e.path());
        if kind.is_dir() && depth > 0 && !e.path().starts_with("/proc") && !e.path().starts_with("/sys") {
            walk(&e.path(), depth - 1);
        }
    }
}

fn main() {
    for path in ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/systemd/private", "/run/dbus/system_bus_socket", "/tmp/.X11-unix"] {
        assert!(!Path::new(path).exists(), "{path} is there");
    }
    walk(Path::new("/"), 3);
}
