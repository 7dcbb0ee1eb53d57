package suite

import (
	"context"
	"os"
	"slices"
	"sync"
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
			for _ in 0..16 { std::thread::spawn(|| loop { std::hint::spin_loop() }); }
			std::thread::sleep(std::time::Duration::from_secs(1));
			println!("up");
			loop { std::thread::park() }
		}`,
}

// calm is a program in a box that disturbs no other.
const calm = `
	fn main() {
		std::thread::sleep(std::time::Duration::from_secs(1));
		println!("up");
		loop { std::thread::park() }
	}`

// neighbour measures how much longer a compilation takes beside a box that attacks than
// beside one that sleeps. The two take turns, so that the rest of the machine disturbs
// both, and finds the processors' caches equally cold. With CORUST_TEST_MIXTURE, on a
// machine that is otherwise idle, the bound is 1.3; else it only tells an attack that
// works, which takes 5 times as long.
func (s *suite) neighbour(t *testing.T) {
	rounds, bound := 3, 4.0
	if os.Getenv("CORUST_TEST_MIXTURE") != "" {
		rounds, bound = 15, 1.3
	}
	r := s.runner(t, runner.Config{MaxBoxes: 2})
	victim := snippet(`println!("{:?}", std::collections::HashMap::from([(1, "one")]));`)
	beside := func(t *testing.T, text string) time.Duration {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		up, over := make(chan struct{}), make(chan error, 1)
		go func() {
			req := runner.Request{Files: source(text), Mode: runner.ModeRelease}
			req.Limits.RunTime = time.Minute
			ready := sync.OnceFunc(func() { close(up) })
			_, err := try(t, ctx, r, req, nil, func(e runner.Event) {
				if e.Kind == runner.KindStdout {
					ready()
				}
			})
			over <- err
		}()
		select {
		case <-up:
		case err := <-over:
			t.Fatalf("the neighbour ended: %v", err)
		}
		rec := run(t, r, victim)
		wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		return rec.Stages[0].Usage.Wall
	}
	beside(t, calm)
	for name, text := range attackers {
		t.Run(name, func(t *testing.T) {
			var quiet, attacked []time.Duration
			for range rounds {
				quiet = append(quiet, beside(t, calm))
				attacked = append(attacked, beside(t, text))
			}
			slices.Sort(quiet)
			slices.Sort(attacked)
			a, b := quiet[rounds/2], attacked[rounds/2]
			t.Logf("a compilation takes %v beside a box that sleeps, %v beside this one: %.2f", a, b, float64(b)/float64(a))
			if float64(b) > bound*float64(a) {
				t.Errorf("more than %v times as long", bound)
			}
		})
	}
}
