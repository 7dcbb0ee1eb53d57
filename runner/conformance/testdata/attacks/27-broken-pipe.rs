//! row 27: SIGPIPE where it is not ignored, and SIGXCPU, by the kernel
//! verdict: signal SIGXCPU
mod sys;

fn main() {
    let status = sys::in_child(|| unsafe {
        sys::signal(13, 0);
        let mut ends = [0i32; 2];
        sys::pipe2(ends.as_mut_ptr(), 0);
        sys::close(ends[0]);
        sys::write(ends[1], b"x".as_ptr(), 1);
    });
    assert_eq!(status & 0x7f, 13, "status {status:#x}");
    // A soft limit of a second may be set by anybody, for himself.
    assert_eq!(unsafe { sys::setrlimit(0, &[1, 5]) }, 0);
    loop {
        std::hint::spin_loop();
    }
}
