//! row 48: files with the host's own inodes, on which a lock, an inotify watch or an
//! fsync reaches other boxes and the host: all that a program can open is private
//! verdict: ok
use std::os::unix::fs::MetadataExt;

/// The types of file systems that belong to the box, with their own inodes, and of one
/// that has inodes of the host's: its devices, which have no state.
const OWN: [&str; 8] = ["tmpfs", "overlay", "proc", "devtmpfs", "devpts", "mqueue", "sysfs", "cgroup"];

fn main() {
    // Files that a container engine makes for one container, on the host's disk.
    let container = ["/etc/resolv.conf", "/etc/hostname", "/etc/hosts"];
    for line in std::fs::read_to_string("/proc/self/mountinfo").unwrap().lines() {
        let (mount, fs) = line.split_once(" - ").unwrap();
        let target = mount.split(' ').nth(4).unwrap();
        let kind = fs.split(' ').next().unwrap();
        let device = std::fs::metadata(target).is_ok_and(|m| m.rdev() != 0);
        assert!(
            OWN.contains(&kind) && (kind != "devtmpfs" || device) || kind == "cgroup2" || target == "/" || container.contains(&target),
            "{line}"
        );
    }
}
