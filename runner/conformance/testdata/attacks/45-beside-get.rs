//! row 45: a little of all that 45-beside-take takes, in a box beside it
//! verdict: ok
//! stdout: got
mod sys;
use sys::*;

fn main() {
    unsafe {
        let all = u64::MAX;
        assert_eq!(sigprocmask(0, &all, std::ptr::null_mut()), 0);
        let mut info = [0u8; 128];
        info[8..12].copy_from_slice(&(-1i32).to_ne_bytes());
        for _ in 0..10 {
            assert_eq!(syscall(nr::rt_sigqueueinfo, getpid(), 40, info.as_ptr()), 0, "signal: error {}", errno());
        }
        let mut timer = 0i32;
        assert_eq!(syscall(nr::timer_create, 1, 0, &mut timer), 0, "timer: error {}", errno());
        let attributes = [0i64, 4, 4096, 0, 0, 0, 0, 0];
        assert!(syscall(nr::mq_open, c("get").as_ptr(), 0o102, 0o600, attributes.as_ptr()) >= 0, "queue: error {}", errno());
        let mut pair = [0; 2];
        assert_eq!(socketpair(1, 1, 0, pair.as_mut_ptr()), 0);
        if !one_user() {
            assert_eq!(send_descriptor(pair[0], 0, 10), 1, "descriptors under way: error {}", errno());
        }
        let fd = inotify_init1(0);
        assert!(fd >= 0, "inotify: error {}", errno());
        for i in 0..100 {
            let file = format!("/tmp/{i}");
            std::fs::write(&file, "").unwrap();
            assert!(inotify_add_watch(fd, c(&file).as_ptr(), 2) >= 0, "watch {i}: error {}", errno());
        }
        let mut ends = [0; 2];
        assert_eq!(pipe2(ends.as_mut_ptr(), 0), 0);
        assert_eq!(fcntl(ends[0], 1032), 65536, "pipe: {} bytes", fcntl(ends[0], 1032)); // F_GETPIPE_SZ
    }
    for file in std::fs::read_to_string("/proc/self/maps").unwrap().lines().filter_map(|l| l.split_whitespace().nth(5)).chain([
        "/etc/ld.so.cache",
        "/usr/bin/cc",
        "/usr/bin/ld",
        "/usr/bin",
    ]) {
        if !file.starts_with("/work") && let Ok(f) = std::fs::File::open(file) {
            f.try_lock().unwrap_or_else(|e| panic!("{file} is locked: {e}"));
        }
    }
    println!("got");
}

/// Reports whether all boxes are one user of the host, as native boxes without root are.
/// The kernel then counts the descriptors of all of them together.
fn one_user() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap();
    map.lines().count() == 1 && map.split_whitespace().nth(2) == Some("1")
}
