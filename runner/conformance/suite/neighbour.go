package suite

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
)

// attackers are programs that disturb others for as long as they are let. Each prints
// a line when it has begun.
var attackers = map[string]string{
	"evict": `
		use std::os::fd::AsRawFd;
		unsafe extern "C" { fn posix_fadvise(fd: i32, offset: i64, len: i64, advice: i32) -> i32; }
		fn open(dir: &std::path::Path, files: &mut Vec<std::fs::File>) {
			for e in std::fs::read_dir(dir).into_iter().flatten().flatten() {
				let kind = e.file_type().unwrap();
				if kind.is_dir() { open(&e.path(), files) }
				else if kind.is_file() && files.len() < 200 && e.metadata().is_ok_and(|m| m.len() > 1 << 20) {
					files.extend(std::fs::File::open(e.path()));
				}
			}
		}
		fn main() {
			let mut files = vec![];
			for dir in ["/opt/rust/lib", "/usr/local/rustup", "/usr/lib"] { open(dir.as_ref(), &mut files) }
			println!("{} files", files.len());
			loop {
				for f in &files { unsafe { posix_fadvise(f.as_raw_fd(), 0, 0, 4) }; }
				std::thread::sleep(std::time::Duration::from_millis(20));
			}
		}`,
	"flush": `
		fn main() {
			let f = ["/usr/bin/ld", "/etc/ld.so.cache", "/etc/hosts", "/proc/self/exe"].iter().find_map(|p| std::fs::File::open(p).ok()).unwrap();
			println!("up");
			for _ in 0.. {
				for _ in 0..1000 { f.sync_all().unwrap() }
				std::thread::sleep(std::time::Duration::from_millis(20));
			}
		}`,
	"spin": `
		fn main() {
			println!("up");
			for _ in 0..16 { std::thread::spawn(|| loop { std::hint::spin_loop() }); }
			loop { std::thread::park() }
		}`,
}

// neighbour measures how much longer a compilation takes beside a box that attacks.
// What is measured alone and beside takes turns, so that the rest of the machine
// disturbs both. With CORUST_TEST_MIXTURE, on a machine that is otherwise idle, the
// bound is 1.3, and 2.2 where both compute, since two boxes share processors evenly;
// else it only tells an attack that works, which takes 5 times as long.
func (s *suite) neighbour(t *testing.T) {
	rounds, bound := 3, 4.0
	if os.Getenv("CORUST_TEST_MIXTURE") != "" {
		rounds, bound = 15, 1.3
	}
	r := s.runner(t, runner.Config{MaxBoxes: 2})
	victim := snippet(`println!("{:?}", std::collections::HashMap::from([(1, "one")]));`)
	once := func() time.Duration {
		rec := run(t, r, victim)
		wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
		return rec.Stages[0].Usage.Wall
	}
	once()
	for name, text := range attackers {
		bound := bound
		if name == "spin" {
			bound = max(bound, 2.2)
		}
		t.Run(name, func(t *testing.T) {
			var alone, beside []time.Duration
			for range rounds {
				alone = append(alone, once())
				ctx, stop := context.WithCancel(t.Context())
				up, over := make(chan struct{}), make(chan error, 1)
				go func() {
					req := runner.Request{Files: source(text), Mode: runner.ModeRelease}
					req.Limits.RunTime = time.Minute
					first := true
					_, err := try(t, ctx, r, req, func(e runner.Event) {
						if e.Kind == runner.KindStdout && first {
							first = false
							close(up)
						}
					})
					over <- err
				}()
				select {
				case <-up:
				case err := <-over:
					stop()
					t.Fatalf("the attacker ended: %v", err)
				}
				beside = append(beside, once())
				stop()
				if err := <-over; err != nil {
					t.Error(err)
				}
			}
			slices.Sort(alone)
			slices.Sort(beside)
			a, b := alone[rounds/2], beside[rounds/2]
			t.Logf("a compilation takes %v alone, %v beside it: %.2f", a, b, float64(b)/float64(a))
			if float64(b) > bound*float64(a) {
				t.Errorf("more than %v times as long", bound)
			}
		})
	}
}
