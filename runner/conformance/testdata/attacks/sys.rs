//! What the hostile programs share: system calls that the standard library does
//! not offer, and a way to demand how they fail.
#![allow(dead_code, non_upper_case_globals)]

use std::ffi::{CString, c_char};

unsafe extern "C" {
    pub fn syscall(number: i64, ...) -> i64;
    pub fn fork() -> i32;
    pub fn vfork() -> i32;
    pub fn setsid() -> i32;
    pub fn _exit(code: i32) -> !;
    pub fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    pub fn kill(pid: i32, signal: i32) -> i32;
    pub fn raise(signal: i32) -> i32;
    pub fn signal(n: i32, handler: usize) -> usize;
    pub fn pause() -> i32;
    pub fn getpid() -> i32;
    pub fn getppid() -> i32;
    pub fn getuid() -> u32;
    pub fn open(path: *const c_char, flags: i32, ...) -> i32;
    pub fn close(fd: i32) -> i32;
    pub fn fcntl(fd: i32, cmd: i32, ...) -> i32;
    pub fn ioctl(fd: i32, request: u64, ...) -> i32;
    pub fn mmap(addr: *mut u8, len: usize, prot: i32, flags: i32, fd: i32, off: i64) -> *mut u8;
    pub fn memfd_create(name: *const c_char, flags: u32) -> i32;
    pub fn prctl(option: i32, ...) -> i32;
    pub fn ptrace(request: i64, pid: i32, addr: usize, data: usize) -> i64;
    pub fn socket(family: i32, kind: i32, protocol: i32) -> i32;
    pub fn bind(fd: i32, addr: *const u8, len: u32) -> i32;
    pub fn setrlimit(what: i32, limit: *const [u64; 2]) -> i32;
    pub fn getrlimit(what: i32, limit: *mut [u64; 2]) -> i32;
    pub fn inotify_init1(flags: i32) -> i32;
    pub fn inotify_add_watch(fd: i32, path: *const c_char, mask: u32) -> i32;
    pub fn sigprocmask(how: i32, set: *const u64, old: *mut u64) -> i32;
    pub fn sendmsg(fd: i32, message: *const u8, flags: i32) -> isize;
    pub fn uname(names: *mut u8) -> i32;
    pub fn pipe2(ends: *mut i32, flags: i32) -> i32;
    pub fn write(fd: i32, data: *const u8, len: usize) -> isize;
    pub fn socketpair(family: i32, kind: i32, protocol: i32, pair: *mut i32) -> i32;
    pub fn gethostname(name: *mut u8, len: usize) -> i32;
}

pub const EPERM: i32 = 1;
pub const ENOENT: i32 = 2;
pub const ESRCH: i32 = 3;
pub const ENXIO: i32 = 6;
pub const EBADF: i32 = 9;
pub const EAGAIN: i32 = 11;
pub const ENOMEM: i32 = 12;
pub const EACCES: i32 = 13;
pub const ENODEV: i32 = 19;
pub const EINVAL: i32 = 22;
pub const ENOTTY: i32 = 25;
pub const EFBIG: i32 = 27;
pub const ENOSPC: i32 = 28;
pub const EROFS: i32 = 30;
pub const ENOLCK: i32 = 37;
pub const ENOSYS: i32 = 38;
pub const EPROTONOSUPPORT: i32 = 93;
pub const ESOCKTNOSUPPORT: i32 = 94;
pub const EAFNOSUPPORT: i32 = 97;
pub const ENETUNREACH: i32 = 101;
pub const ENOBUFS: i32 = 105;

pub const SIGKILL: i32 = 9;
pub const O_RDWR: i32 = 2;

pub fn c(s: &str) -> CString {
    CString::new(s).unwrap()
}

pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Demands that a call which returned `result` has failed with one of `errors`.
#[track_caller]
pub fn refused(what: &str, result: i64, errors: &[i32]) {
    let e = errno();
    assert!(result == -1, "{what}: got {result} instead of being refused");
    assert!(errors.contains(&e), "{what}: refused with error {e}, not one of {errors:?}");
}

/// The same for a result of the standard library.
#[track_caller]
pub fn denied<T>(what: &str, result: std::io::Result<T>, errors: &[i32]) {
    match result {
        Ok(_) => panic!("{what}: succeeded instead of being refused"),
        Err(e) => assert!(
            errors.contains(&e.raw_os_error().unwrap_or(0)),
            "{what}: refused with {e}, not one of {errors:?}"
        ),
    }
}

#[repr(C)]
struct Message {
    name: usize,
    name_len: usize,
    data: *const [*const u8; 2],
    data_len: usize,
    control: *const u8,
    control_len: usize,
    flags: usize,
}

/// Sends a byte with control messages and returns what sendmsg does.
pub fn send_control(socket: i32, control: &[u8]) -> isize {
    let byte = 1u8;
    let data = [&raw const byte, 1 as *const u8]; // a pointer and a length
    let message = Message { name: 0, name_len: 0, data: &data, data_len: 1, control: control.as_ptr(), control_len: control.len(), flags: 0 };
    unsafe { sendmsg(socket, (&raw const message).cast(), 0) }
}

/// Sends a descriptor, n times in one message.
pub fn send_descriptor(socket: i32, fd: i32, n: usize) -> isize {
    let mut control = (16 + 4 * n as u64).to_ne_bytes().to_vec();
    control.extend([1i32, 1].iter().flat_map(|v| v.to_ne_bytes())); // SOL_SOCKET, SCM_RIGHTS
    control.extend(std::iter::repeat_n(fd.to_ne_bytes(), n).flatten());
    control.resize(control.len().next_multiple_of(8), 0);
    send_control(socket, &control)
}

/// Waits for a child and returns its raw status.
pub fn wait(pid: i32) -> i32 {
    let mut status = 0;
    assert_eq!(unsafe { waitpid(pid, &mut status, 0) }, pid);
    status
}

/// Runs `f` in a child process and returns the raw status.
pub fn in_child(f: impl FnOnce()) -> i32 {
    match unsafe { fork() } {
        0 => {
            f();
            unsafe { _exit(0) }
        }
        -1 => panic!("fork: error {}", errno()),
        pid => wait(pid),
    }
}

/// System calls by number, where libc has no function for them.
#[cfg(target_arch = "x86_64")]
pub mod nr {
    pub const process_vm_readv: i64 = 310;
    pub const process_vm_writev: i64 = 311;
    pub const prlimit64: i64 = 302;
    pub const kcmp: i64 = 312;
    pub const tkill: i64 = 200;
    pub const tgkill: i64 = 234;
    pub const socket: i64 = 41;
    pub const fcntl: i64 = 72;
    pub const mount: i64 = 165;
    pub const umount2: i64 = 166;
    pub const pivot_root: i64 = 155;
    pub const chroot: i64 = 161;
    pub const open_by_handle_at: i64 = 304;
    pub const unshare: i64 = 272;
    pub const setns: i64 = 308;
    pub const clone: i64 = 56;
    pub const add_key: i64 = 248;
    pub const request_key: i64 = 249;
    pub const keyctl: i64 = 250;
    pub const bpf: i64 = 321;
    pub const seccomp: i64 = 317;
    pub const perf_event_open: i64 = 298;
    pub const userfaultfd: i64 = 323;
    pub const kexec_load: i64 = 246;
    pub const init_module: i64 = 175;
    pub const finit_module: i64 = 313;
    pub const delete_module: i64 = 176;
    pub const syslog: i64 = 103;
    pub const reboot: i64 = 169;
    pub const swapon: i64 = 167;
    pub const acct: i64 = 163;
    pub const settimeofday: i64 = 164;
    pub const sethostname: i64 = 170;
    pub const iopl: i64 = 172;
    pub const ioperm: i64 = 173;
    pub const quotactl: i64 = 179;
    pub const mknod: i64 = 133;
    pub const mknodat: i64 = 259;
    pub const personality: i64 = 135;
    pub const setuid: i64 = 105;
    pub const setgid: i64 = 106;
    pub const setgroups: i64 = 116;
    pub const capset: i64 = 126;
    pub const setpriority: i64 = 141;
    pub const sched_setscheduler: i64 = 144;
    pub const sched_setaffinity: i64 = 203;
    pub const ioprio_set: i64 = 251;
    pub const shmget: i64 = 29;
    pub const msgget: i64 = 68;
    pub const semget: i64 = 64;
    pub const mq_open: i64 = 240;
    pub const rt_sigqueueinfo: i64 = 129;
    pub const timer_create: i64 = 222;
    pub const memfd_secret: i64 = 447;
    pub const setrlimit: i64 = 160;
    pub const io_setup: i64 = 206;
    pub const sync: i64 = 162;
    pub const syncfs: i64 = 306;
}

#[cfg(target_arch = "aarch64")]
pub mod nr {
    pub const process_vm_readv: i64 = 270;
    pub const process_vm_writev: i64 = 271;
    pub const prlimit64: i64 = 261;
    pub const kcmp: i64 = 272;
    pub const tkill: i64 = 130;
    pub const tgkill: i64 = 131;
    pub const socket: i64 = 198;
    pub const fcntl: i64 = 25;
    pub const mount: i64 = 40;
    pub const umount2: i64 = 39;
    pub const pivot_root: i64 = 41;
    pub const chroot: i64 = 51;
    pub const open_by_handle_at: i64 = 265;
    pub const unshare: i64 = 97;
    pub const setns: i64 = 268;
    pub const clone: i64 = 220;
    pub const add_key: i64 = 217;
    pub const request_key: i64 = 218;
    pub const keyctl: i64 = 219;
    pub const bpf: i64 = 280;
    pub const seccomp: i64 = 277;
    pub const perf_event_open: i64 = 241;
    pub const userfaultfd: i64 = 282;
    pub const kexec_load: i64 = 104;
    pub const init_module: i64 = 105;
    pub const finit_module: i64 = 273;
    pub const delete_module: i64 = 106;
    pub const syslog: i64 = 116;
    pub const reboot: i64 = 142;
    pub const swapon: i64 = 224;
    pub const acct: i64 = 89;
    pub const settimeofday: i64 = 170;
    pub const sethostname: i64 = 161;
    pub const quotactl: i64 = 60;
    pub const mknodat: i64 = 33;
    pub const personality: i64 = 92;
    pub const setuid: i64 = 146;
    pub const setgid: i64 = 144;
    pub const setgroups: i64 = 159;
    pub const capset: i64 = 91;
    pub const setpriority: i64 = 140;
    pub const sched_setscheduler: i64 = 119;
    pub const sched_setaffinity: i64 = 122;
    pub const ioprio_set: i64 = 30;
    pub const shmget: i64 = 194;
    pub const msgget: i64 = 186;
    pub const semget: i64 = 190;
    pub const mq_open: i64 = 180;
    pub const rt_sigqueueinfo: i64 = 138;
    pub const timer_create: i64 = 107;
    pub const memfd_secret: i64 = 447;
    pub const io_setup: i64 = 0;
    pub const sync: i64 = 81;
    pub const syncfs: i64 = 267;
}

/// System calls since Linux 5.1, whose numbers all machines share.
pub mod new {
    pub const pidfd_send_signal: i64 = 424;
    pub const io_uring_setup: i64 = 425;
    pub const io_uring_enter: i64 = 426;
    pub const io_uring_register: i64 = 427;
    pub const open_tree: i64 = 428;
    pub const move_mount: i64 = 429;
    pub const fsopen: i64 = 430;
    pub const fsconfig: i64 = 431;
    pub const fsmount: i64 = 432;
    pub const fspick: i64 = 433;
    pub const pidfd_open: i64 = 434;
    pub const clone3: i64 = 435;
    pub const pidfd_getfd: i64 = 438;
    pub const mount_setattr: i64 = 442;
}
