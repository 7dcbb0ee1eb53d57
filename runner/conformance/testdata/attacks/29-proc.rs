//! row 29: what /proc tells of others, of the kernel and of the machine
//! verdict: ok
mod sys;

fn main() {
    let me = unsafe { sys::getpid() };
    for e in std::fs::read_dir("/proc").unwrap() {
        let name = e.unwrap().file_name().into_string().unwrap();
        if let Ok(pid) = name.parse::<i32>() {
            assert!(pid == 1 || pid == me, "process {pid} is visible");
        }
    }
    for name in ["kcore", "kmem", "keys", "key-users", "timer_list", "sched_debug", "kallsyms", "kmsg", "slabinfo", "vmallocinfo", "config.gz", "acpi", "scsi", "interrupts", "latency_stats"] {
        let path = format!("/proc/{name}");
        match std::fs::read(&path) {
            // What is masked is there and empty. Addresses of the kernel and the
            // interrupts of a container's machine are not secret, but written
            // they must not be.
            Ok(data) if name == "kallsyms" || name == "interrupts" || name == "config.gz" || name == "key-users" || name == "slabinfo" || name == "vmallocinfo" => {
                for line in String::from_utf8_lossy(&data).lines().take(100) {
                    if name == "kallsyms" {
                        assert!(line.starts_with("0000000000000000"), "{path}: {line}");
                    }
                }
            }
            Ok(data) => assert!(data.is_empty(), "{path} has {} bytes", data.len()),
            Err(_) => {}
        }
    }
    for path in ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/hostname", "/proc/irq", "/proc/bus"] {
        if let Ok(_) = std::fs::OpenOptions::new().write(true).open(path) {
            panic!("{path} can be written");
        }
    }
}
