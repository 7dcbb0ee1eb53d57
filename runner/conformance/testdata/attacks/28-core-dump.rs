//! row 28: half a gigabyte of core, with the limit raised if that were possible
//! verdict: ok
mod sys;

fn main() {
    sys::refused("raise RLIMIT_CORE", unsafe { sys::setrlimit(4, &[u64::MAX, u64::MAX]) } as i64, &[sys::EPERM]);
    let status = sys::in_child(|| {
        std::hint::black_box(vec![1u8; 100 << 20]);
        std::process::abort();
    });
    assert_eq!(status & 0x7f, 6);
    assert_eq!(status & 0x80, 0, "a core was dumped");
    for dir in ["/work", "/tmp", "/"] {
        for e in std::fs::read_dir(dir).unwrap() {
            let name = e.unwrap().file_name();
            assert!(!name.to_string_lossy().contains("core"), "{dir} has {name:?}");
        }
    }
}
