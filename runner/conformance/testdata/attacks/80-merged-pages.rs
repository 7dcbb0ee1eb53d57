//! row 80: pages of several boxes merged into one, so that the time of a write tells
//! what others hold; and a core's other thread made idle
//! verdict: ok
mod sys;
use sys::*;

unsafe extern "C" {
    fn madvise(addr: *mut u8, len: usize, advice: i32) -> i32;
}

fn main() {
    let own = unsafe { mmap(std::ptr::null_mut(), 1 << 20, 3, 0x22, -1, 0) };
    refused("MADV_MERGEABLE", unsafe { madvise(own, 1 << 20, 12) } as i64, &[EINVAL]);
    refused("PR_SET_MEMORY_MERGE", unsafe { prctl(67, 1i64, 0i64, 0i64, 0i64) } as i64, &[EINVAL]);
    assert!(unsafe { prctl(68, 0i64, 0i64, 0i64, 0i64) } <= 0, "pages of this process are merged");
    refused("PR_SCHED_CORE", unsafe { prctl(62, 1i64, 0i64, 0i64, 0i64) } as i64, &[EINVAL]);
}
