//! row 7: files anywhere but in /work, /tmp and /dev/shm
//! verdict: ok
mod sys;
use std::path::{Path, PathBuf};

fn try_dir(dir: &Path) {
    let name = dir.join("corust-attack");
    for result in [
        std::fs::File::create(&name).map(drop),
        std::fs::create_dir(&name),
        std::os::unix::fs::symlink("/tmp", &name),
        std::fs::hard_link("/work/main.rs", &name),
    ] {
        denied(&name, result);
    }
}

fn denied(name: &Path, result: std::io::Result<()>) {
    // 18: a link across devices, found before the permissions are looked at;
    // 24: no more queues, where an engine mounts them at /dev/mqueue.
    sys::denied(
        &name.display().to_string(),
        result,
        &[sys::EROFS, sys::EACCES, sys::EPERM, sys::ENOENT, 18, 24],
    );
}

fn walk(dir: PathBuf, left: &mut usize, depth: usize) {
    let open = ["/work", "/tmp", "/dev/shm"];
    if open.iter().any(|d| dir == Path::new(d)) || *left == 0 || depth > 4 {
        return;
    }
    *left -= 1;
    try_dir(&dir);
    let Ok(entries) = std::fs::read_dir(&dir) else { return };
    for e in entries.flatten() {
        let Ok(kind) = std::fs::metadata(e.path()).map(|m| m.file_type()) else { continue };
        if e.file_type().unwrap().is_symlink() {
            continue;
        }
        if kind.is_dir() && !e.path().starts_with("/proc") {
            walk(e.path(), left, depth + 1);
        } else if kind.is_file() && !e.path().starts_with("/proc") {
            let w = std::fs::OpenOptions::new().write(true).open(e.path());
            denied(&e.path(), w.map(drop));
            denied(&e.path(), std::fs::remove_file(e.path()));
        }
    }
}

fn main() {
    walk(PathBuf::from("/"), &mut 2000, 0);
}
