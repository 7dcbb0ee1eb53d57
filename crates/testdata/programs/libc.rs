fn main() {
    unsafe {
        assert_eq!(libc::getpid() as u32, std::process::id());
        let mut fds = [0; 2];
        assert_eq!(libc::pipe(fds.as_mut_ptr()), 0);
        assert_eq!(libc::write(fds[1], b"x".as_ptr().cast(), 1), 1);
        let mut c = 0u8;
        assert_eq!(libc::read(fds[0], (&raw mut c).cast(), 1), 1);
        assert_eq!(c, b'x');
    }
}
