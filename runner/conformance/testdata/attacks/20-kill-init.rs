//! row 20: every signal at process 1, in every way there is
//! verdict: exit 5
//! stdout: alive
//! repeat: 3
mod sys;

fn main() {
    for round in 0..20 {
        for n in 0..65 {
            if n == 0 && round > 0 {
                continue;
            }
            unsafe { sys::kill(1, n) };
            unsafe { sys::syscall(sys::nr::tkill, 1, n) };
            unsafe { sys::syscall(sys::nr::tgkill, 1, 1, n) };
            let fd = unsafe { sys::syscall(sys::new::pidfd_open, 1, 0) };
            if fd >= 0 {
                unsafe { sys::syscall(sys::new::pidfd_send_signal, fd, n, 0usize, 0) };
                unsafe { sys::close(fd as i32) };
            }
        }
    }
    println!("alive");
    std::process::exit(5);
}
