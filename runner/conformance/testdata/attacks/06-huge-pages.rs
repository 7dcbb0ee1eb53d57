//! row 6: memory from the machine's reserve of huge pages, which no group is
//! charged for
//! verdict: ok
mod sys;
use sys::*;

fn main() {
    const MAP_HUGETLB: i32 = 0x40000;
    for size in [0, 21 << 26, 30 << 26] {
        let at = unsafe { mmap(std::ptr::null_mut(), 2 << 20, 3, 0x22 | MAP_HUGETLB | size, -1, 0) };
        refused("mmap", at as i64, &[EPERM]);
        refused("memfd_create", unsafe { memfd_create(c("huge").as_ptr(), 4 | size as u32) } as i64, &[EPERM]);
        refused("shmget", unsafe { syscall(nr::shmget, 0, 2 << 20, 0o5666 | size) }, &[EPERM]);
    }
}
