//! row 45: take all that there is of what the kernel counts by user, and keep it
//! verdict: ok
//! stdout: taken
//! limits: run_time=60s
mod sys;
use sys::*;

fn main() {
    let count = |what: &str, n: usize, most: usize| {
        eprintln!("{what}: {n}");
        assert!(n < most, "{n} {what}, and no end");
    };
    unsafe {
        let all = u64::MAX;
        assert_eq!(sigprocmask(0, &all, std::ptr::null_mut()), 0);
        let mut info = [0u8; 128];
        info[8..12].copy_from_slice(&(-1i32).to_ne_bytes()); // SI_QUEUE
        let n = (0..100_000).take_while(|_| syscall(nr::rt_sigqueueinfo, getpid(), 40, info.as_ptr()) == 0).count();
        count("queued signals", n, 100_000);

        let attributes = [0i64, 10, 5900, 0, 0, 0, 0, 0];
        let n = (0..100).take_while(|i| syscall(nr::mq_open, c(&format!("take{i}")).as_ptr(), 0o102, 0o600, attributes.as_ptr()) >= 0).count();
        count("queues of messages", n, 100);

        let mut pair = [0; 2];
        assert_eq!(socketpair(1, 1, 0, pair.as_mut_ptr()), 0);
        let n = (0..100).take_while(|_| send_descriptor(pair[0], 0, 100) == 1).count();
        count("hundreds of descriptors under way", n, 100);

        let instances: Vec<i32> = (0..200).map(|_| inotify_init1(0)).take_while(|fd| *fd >= 0).collect();
        count("inotify instances", instances.len(), 200);
        let mut watches = 0;
        'all: for i in 0..8000 {
            let file = format!("/tmp/{i}");
            if std::fs::write(&file, "").is_err() {
                break;
            }
            for fd in &instances {
                if watches == 30_000 || inotify_add_watch(*fd, c(&file).as_ptr(), 2) < 0 {
                    break 'all;
                }
                watches += 1;
            }
        }
        eprintln!("inotify watches: {watches}");
        std::mem::forget(instances);
    }
    // Files of the machine that boxes may share: a lock on an inode of the machine's
    // would be seen by all.
    for file in shared_files() {
        if let Ok(f) = std::fs::File::open(&file) {
            f.try_lock().expect(&file);
            std::mem::forget(f);
        }
    }
    println!("taken");
    if std::env::args().nth(1).is_some() {
        std::thread::sleep(std::time::Duration::from_secs(50));
    }
}

fn shared_files() -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_to_string("/proc/self/maps")
        .unwrap()
        .lines()
        .filter_map(|l| l.split_whitespace().nth(5))
        .filter(|f| f.starts_with("/usr") || f.starts_with("/lib"))
        .map(String::from)
        .collect();
    files.extend(["/etc/ld.so.cache", "/usr/bin/cc", "/usr/bin/ld", "/usr/bin"].map(String::from));
    files.dedup();
    files
}
