//! row 50: precedence over others: nice, real time, limits
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    let no = &[EPERM, EACCES];
    unsafe {
        for to in [-1, -10, -20] {
            refused("setpriority", syscall(nr::setpriority, 0, 0, to), no);
        }
        for policy in [1, 2, 6] {
            refused("sched_setscheduler", syscall(nr::sched_setscheduler, 0, policy, [1u32, 0].as_ptr()), &[EPERM, EINVAL]);
        }
        refused("ioprio_set real time", syscall(nr::ioprio_set, 1, 0, 1 << 13), no);
        for resource in 0..16 {
            let mut now = [0u64; 2];
            assert_eq!(getrlimit(resource, &mut now), 0);
            if now[1] != u64::MAX {
                refused(&format!("raise limit {resource}"), setrlimit(resource, &[now[0], now[1] + 1]) as i64, &[EPERM]);
            }
        }
        // Kept by none: the core size, files, descriptors, queues and priorities.
        for resource in [1, 4, 7, 8, 11, 12, 13, 14] {
            let mut now = [0u64; 2];
            getrlimit(resource, &mut now);
            assert_ne!(now[1], u64::MAX, "limit {resource} is not set");
        }
    }
    assert_eq!(std::fs::read_to_string("/proc/self/oom_score_adj").unwrap(), "1000\n");
}
