//! row 35: what every later compilation would read: the standard library, the
//! linker, the compiler, the loader's cache
//! verdict: ok
//! check: sysroot
mod sys;
use std::path::PathBuf;

fn main() {
    let sysroot = std::env::args().nth(1).unwrap();
    let no = &[sys::EROFS, sys::EACCES, sys::EPERM];
    let mut targets: Vec<PathBuf> = vec!["/usr/bin/cc".into(), "/usr/bin/ld".into(), "/etc/ld.so.cache".into(), format!("{sysroot}/bin/rustc").into()];
    let libs = format!("{sysroot}/lib/rustlib/{}-unknown-linux-gnu/lib", std::env::consts::ARCH);
    for e in std::fs::read_dir(&libs).expect(&libs) {
        targets.push(e.unwrap().path());
    }
    assert!(targets.len() > 10);
    for t in targets {
        if !t.exists() {
            continue;
        }
        let what = t.display().to_string();
        sys::denied(&what, std::fs::OpenOptions::new().write(true).open(&t), no);
        sys::denied(&what, std::fs::remove_file(&t), no);
        sys::denied(&what, std::fs::rename(&t, "/work/x"), &[sys::EROFS, sys::EACCES, sys::EPERM, 18]);
        sys::denied(&what, std::fs::set_permissions(&t, std::os::unix::fs::PermissionsExt::from_mode(0o777)), no);
    }
    let home = std::env::var("HOME").unwrap();
    assert_eq!(home, "/work");
    std::fs::create_dir_all(format!("{home}/.cargo/registry")).unwrap(); // a home of its own
}
