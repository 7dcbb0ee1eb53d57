//! row 46: devices, those that are there and those that could be made
//! verdict: ok
//! check: devices
mod sys;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use sys::*;

fn main() {
    #[cfg(target_arch = "x86_64")]
    refused("mknod", unsafe { syscall(nr::mknod, c("/work/sda").as_ptr(), 0o60666, 8 << 8) }, &[EPERM]);
    for (kind, device) in [(0o60666, 8 << 8), (0o20666, 1 << 8 | 1), (0o20666, 10 << 8 | 232), (0o20666, 10 << 8 | 229)] {
        refused("mknodat", unsafe { syscall(nr::mknodat, -100, c("/work/dev").as_ptr(), kind, device) }, &[EPERM]);
    }
    let mut names: Vec<String> = vec![];
    for e in std::fs::read_dir("/dev").unwrap() {
        let e = e.unwrap();
        let m = e.metadata().unwrap();
        assert!(!m.file_type().is_block_device());
        if m.file_type().is_char_device() {
            names.push(format!("{} {}:{}", e.file_name().to_string_lossy(), m.rdev() >> 8, m.rdev() & 0xff));
        }
    }
    names.sort();
    println!("{}", names.join("\n"));
    for name in ["kvm", "mem", "kmem", "port", "fuse", "uinput", "vhost-vsock", "net/tun", "kmsg", "sda", "vda", "loop-control", "mapper/control", "rtc0", "hpet", "vfio/vfio", "userfaultfd", "uhid", "snd/timer", "dri/card0"] {
        assert!(!std::path::Path::new("/dev").join(name).exists(), "/dev/{name} is there");
    }
}
