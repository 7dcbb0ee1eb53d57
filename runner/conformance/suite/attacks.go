package suite

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
)

// attacks runs the hostile programs one after the other, so that it can measure what
// each leaves.
func (s *suite) attacks(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("the hostile programs name the system calls of amd64 and arm64, not of %s", runtime.GOARCH)
	}
	const warm = 1
	r := s.runner(t, runner.Config{MaxBoxes: 2, Warm: warm})
	before, song := s.calm(t, r, warm)
	before["goroutines"]++ // a case has one

	hostile := func(name string, attack func(t *testing.T)) {
		t.Run("row"+name, func(t *testing.T) {
			if reason, ok := s.traits.Skip[name]; ok {
				t.Skip(reason)
			}
			attack(t)
			s.settled(t, r, before, warm)
			if again := s.sing(t, r); again != song {
				t.Errorf("the canary sings another song\nbefore: %s\nafter:  %s", song, again)
			}
			s.settled(t, r, before, warm)
		})
	}
	programs, err := conformance.Programs()
	if err != nil {
		t.Fatal(err)
	}
	target := conformance.Target{Runner: r, Backend: s.backend, Secrets: s.traits.Secrets}
	for _, p := range programs {
		hostile(p.Name, func(t *testing.T) {
			if err := target.Attack(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	for _, c := range generated {
		hostile(c.name, func(t *testing.T) { c.attack(s, t, r) })
	}
	for row, reason := range conformance.WithoutProgram() {
		t.Run(fmt.Sprintf("row%d", row), func(t *testing.T) { t.Skip(reason) })
	}
}

// calm waits for the warm boxes, runs the canary until nothing that it needs is
// made for the first time any more, and counts.
func (s *suite) calm(t *testing.T, r runner.Executor, warm int) (map[string]int, string) {
	t.Helper()
	song := s.sing(t, r)
	s.settled(t, r, nil, warm)
	// The canary's box may still be going; what is counted must be less then.
	least := s.holdings(t)
	for range 20 {
		s.settled(t, r, nil, warm)
		for kind, n := range s.holdings(t) {
			least[kind] = min(least[kind], n)
		}
		<-time.After(5 * time.Millisecond)
	}
	return least, song
}

// canary is a program that shows what it finds in its box.
var canary = snippet(`
	for dir in ["/", "/work", "/tmp", "/dev", "/dev/shm", "/etc"] {
		let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
		names.sort();
		println!("{dir}: {names:?}");
	}
	println!("{:?}", std::env::vars().collect::<Vec<_>>());
	println!("{}", std::fs::read_to_string("/proc/self/limits").unwrap());
	println!("{:?}", std::thread::available_parallelism());`)

// sing runs the canary.
func (s *suite) sing(t *testing.T, r runner.Executor) string {
	t.Helper()
	rec := run(t, r, canary)
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	return rec.Stdout()
}

// generated are the cases whose source is made by a function.
var generated = []struct {
	name   string
	attack func(*suite, *testing.T, runner.Executor)
}{
	{"58-deep-nesting", (*suite).deepNesting},
	{"72-exit-at-the-deadline", (*suite).exitAtTheDeadline},
}

// deepNesting crashes the compiler, which is a fact about the source and no
// failure of ours.
func (s *suite) deepNesting(t *testing.T, r runner.Executor) {
	for name, text := range map[string]string{
		"parentheses": "fn main() { let x = " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000) + "; }",
		"types":       "type T = " + strings.Repeat("Option<", 50_000) + "u8" + strings.Repeat(">", 50_000) + "; fn main() {}",
		"unary":       "fn main() { let x = " + strings.Repeat("-", 200_000) + "1; }",
		"blocks":      "fn main() { " + strings.Repeat("{", 100_000) + strings.Repeat("}", 100_000) + " }",
	} {
		rec := run(t, r, runner.Request{Files: source(text), Action: runner.ActionRun, Mode: runner.ModeDebug})
		ok := rec.Verdict == runner.VerdictSignal || rec.Verdict == runner.VerdictCompileError || rec.Verdict == runner.VerdictMemory
		if !ok || rec.Stage != runner.StageCompile {
			t.Errorf("%s: %v", name, rec)
		}
	}
}

// exitAtTheDeadline ends programs by themselves at the very moment at which
// their time is over. Either is true, but only one of them at once.
func (s *suite) exitAtTheDeadline(t *testing.T, r runner.Executor) {
	rng := testseed.Rand(t)
	for range 15 {
		req := snippet(`
			std::thread::sleep(std::time::Duration::from_micros(std::env::args().nth(1).unwrap().parse().unwrap()));
			std::process::exit(3);`)
		const limit = 30_000 // µs
		req.Limits.RunTime = limit * 1000
		req.Args = []string{fmt.Sprint(limit - 3000 + rng.IntN(3000))}
		rec := run(t, r, req)
		switch {
		case rec.Verdict == runner.VerdictExit && rec.ExitCode == 3:
		case rec.Verdict == runner.VerdictTimeout && rec.ExitCode == -1:
		default:
			t.Errorf("%v", rec)
		}
		if len(rec.Stages) != 2 {
			t.Errorf("%d stages ended: %v", len(rec.Stages), rec)
		}
	}
}
