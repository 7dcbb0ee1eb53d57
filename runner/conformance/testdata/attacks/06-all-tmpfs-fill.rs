//! rows 6, 8: all writable file systems filled at once are full disks, not a
//! full memory
//! verdict: ok
//! stdout: every one was full
use std::io::Write;

fn main() {
    for dir in ["/dev/shm", "/tmp", "/work"] {
        let mut total = 0;
        'fill: for n in 0.. {
            let mut f = std::fs::File::create(format!("{dir}/fill{n}")).unwrap();
            for _ in 0..16 {
                match f.write(&[1; 1 << 20]) {
                    Ok(n) => total += n,
                    Err(e) => {
                        assert_eq!(e.raw_os_error(), Some(28), "{dir}: {e}");
                        break 'fill;
                    }
                }
            }
        }
        assert!(total > 4 << 20 && total < 256 << 20, "{dir} took {total} bytes");
    }
    println!("every one was full");
}
