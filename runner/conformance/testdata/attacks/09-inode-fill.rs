//! row 9: a million empty files
//! verdict: ok
//! stdout: full
fn main() {
    for dir in ["/work", "/tmp", "/dev/shm"] {
        let error = (0..1_000_000)
            .find_map(|n| std::fs::File::create(format!("{dir}/{n}")).err())
            .expect("a million files");
        // 24: this program's descriptors; they are closed, so it is not that.
        assert_eq!(error.raw_os_error(), Some(28), "{dir}: {error}");
    }
    println!("full");
}
