//! row 6: memory as the objects behind descriptors, and as watches of them: as many as
//! one process may have open, in many processes
//! verdict: ok|memory
//! limits: memory=64MiB
mod sys;
use sys::*;

unsafe extern "C" {
    fn eventfd(initial: u32, flags: i32) -> i32;
    fn timerfd_create(clock: i32, flags: i32) -> i32;
    fn epoll_create1(flags: i32) -> i32;
    fn epoll_ctl(epoll: i32, operation: i32, fd: i32, event: *const [u32; 3]) -> i32;
}

/// Opens what it can, in turns, and returns how many descriptors there are.
fn open_all() -> usize {
    let (mut watched, mut n) = (vec![], 0);
    for turn in 0.. {
        let fd = match turn % 5 {
            0 => unsafe { eventfd(0, 0) },
            1 => unsafe { timerfd_create(1, 0) },
            2 => unsafe { socket(1, 2, 0) },
            3 => unsafe { memfd_create(c"memory".as_ptr(), 0) },
            _ => unsafe { epoll_create1(0) },
        };
        if fd < 0 {
            break;
        }
        assert!(turn < 100_000, "{turn} descriptors, and no end");
        if turn % 5 == 4 {
            for other in &watched {
                unsafe { epoll_ctl(fd, 1, *other, &[1, 0, 0]) };
            }
        } else {
            watched.push(fd);
        }
        n += 1;
    }
    n
}

fn main() {
    let children: Vec<i32> = (0..40)
        .map(|_| match unsafe { fork() } {
            0 => {
                assert!(open_all() < 100_000);
                unsafe { _exit(0) }
            }
            child => child,
        })
        .collect();
    for child in children.into_iter().filter(|pid| *pid > 0) {
        wait(child);
    }
}
