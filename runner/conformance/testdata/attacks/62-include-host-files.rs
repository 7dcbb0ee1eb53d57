//! row 62: files by their names, at the time of compilation: those of the box
//! verdict: ok
//! check: secrets
fn main() {
    for text in [
        include_str!("/etc/passwd"),
        include_str!("/proc/self/environ"),
        include_str!("/proc/self/mountinfo"),
        include_str!("/proc/self/cgroup"),
        include_str!("/proc/self/cmdline"),
        include_str!("/etc/hosts"),
    ] {
        // An image has a name for each user that a box may have.
        println!("{}", text.lines().take(100).collect::<Vec<_>>().join("\n"));
    }
    assert_eq!(include_str!("/etc/passwd"), std::fs::read_to_string("/etc/passwd").unwrap());
}
