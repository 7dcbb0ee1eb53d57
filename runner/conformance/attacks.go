package conformance

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/testseed"
	"github.com/corust-dev/corust/runner"
)

// attacks is the hostile half. Its cases run one after the other, so that what
// each leaves behind can be told.
func (s *suite) attacks(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("the hostile programs name the system calls of amd64 and arm64, not of %s", runtime.GOARCH)
	}
	const warm = 1
	r := s.runner(t, runner.Config{MaxBoxes: 2, Warm: warm})
	before, canary := s.calm(t, r, warm)
	before["goroutines"]++ // a case has its own

	hostile := func(name string, attack func(t *testing.T)) {
		t.Run("row"+name, func(t *testing.T) {
			if reason, ok := s.traits.Skip[name]; ok {
				t.Skip(reason)
			}
			attack(t)
			s.settled(t, r, before, warm)
			if again := s.canary(t, r); again != canary {
				t.Errorf("the canary sings another song\nbefore: %s\nafter:  %s", canary, again)
			}
			s.settled(t, r, before, warm)
		})
	}
	for _, p := range programs(t) {
		if p.name == "36-find" {
			continue // with 36-leave, below
		}
		hostile(p.name, func(t *testing.T) {
			for arg := range strings.SplitSeq(p.fields["args"], "|") {
				for range p.repeats(t) {
					s.hostile(t, r, p, arg)
				}
			}
		})
	}
	for _, c := range generated {
		hostile(c.name, func(t *testing.T) { c.attack(s, t, r) })
	}
	for row, reason := range withoutProgram() {
		t.Run(fmt.Sprintf("row%d", row), func(t *testing.T) { t.Skip(reason) })
	}
}

// hostile runs a hostile program once and judges what came of it.
func (s *suite) hostile(t *testing.T, r *runner.Runner, p program, arg string) {
	t.Helper()
	rec := s.attack(t, r, p, arg)
	p.judge(t, rec, arg)
	if check := p.fields["check"]; check != "" {
		checks[check](s, t, rec)
	}
	if check := alsoChecks[p.name]; check != nil {
		check(s, t, rec)
	}
}

// attack runs a hostile program once.
func (s *suite) attack(t *testing.T, r *runner.Runner, p program, arg string) *record {
	t.Helper()
	req, err := p.request()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(p.text), "mod sys;") {
		req.Files = append(req.Files, runner.File{Name: helper, Data: read(t, helper)})
	}
	if arg != "" {
		req.Args = []string{arg}
	}
	if p.fields["check"] == "sysroot" {
		tc, err := s.backend.Toolchain(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		req.Args = []string{strings.TrimSuffix(tc.Rustc, "/bin/rustc")}
	}
	if p.fields["stdin"] == "silent" {
		in, w := io.Pipe()
		req.Stdin = in
		defer w.Close() // as Request says: who passes a reader that blocks unblocks it
	}
	return run(t, r, req)
}

// calm waits for the warm boxes, runs the canary until nothing that it needs is
// made for the first time any more, and counts.
func (s *suite) calm(t *testing.T, r *runner.Runner, warm int) (map[string]int, string) {
	t.Helper()
	canary := s.canary(t, r)
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
	return least, canary
}

// canary runs a program that shows what it finds in its box.
func (s *suite) canary(t *testing.T, r *runner.Runner) string {
	t.Helper()
	rec := run(t, r, snippet(`
		for dir in ["/", "/work", "/tmp", "/dev", "/dev/shm", "/etc"] {
			let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
			names.sort();
			println!("{dir}: {names:?}");
		}
		println!("{:?}", std::env::vars().collect::<Vec<_>>());
		println!("{}", std::fs::read_to_string("/proc/self/limits").unwrap());
		println!("{:?}", std::thread::available_parallelism());`))
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	return rec.stdout()
}

// checks are those that programs name.
var checks = map[string]func(*suite, *testing.T, *record){
	"environment": (*suite).checkEnvironment,
	"identity":    (*suite).checkIdentity,
	"secrets":     (*suite).checkSecrets,
	"devices":     (*suite).checkDevices,
	"sysroot":     func(*suite, *testing.T, *record) {}, // the canary compiles with what was attacked
}

// alsoChecks are about numbers, by program.
var alsoChecks = map[string]func(*suite, *testing.T, *record){
	"03-memory-bomb": func(_ *suite, t *testing.T, rec *record) {
		const limit = 128 << 20
		if peak := rec.Stages[1].Usage.PeakMemory; peak < limit*9/10 || peak > limit {
			t.Errorf("the peak is %d, the limit %d", peak, limit)
		}
	},
	"04-child-out-of-memory": func(_ *suite, t *testing.T, rec *record) {
		if rec.Stages[1].Usage.OOMKills == 0 {
			t.Errorf("no kill was counted: %v", rec)
		}
	},
	"02-thread-limit-survived": func(_ *suite, t *testing.T, rec *record) {
		if rec.Stages[1].Usage.ProcessesDenied == 0 {
			t.Errorf("no refusal was counted: %v", rec)
		}
	},
	"15-sleep": func(_ *suite, t *testing.T, rec *record) {
		if u := rec.Stages[1].Usage; u.CPU > u.Wall/2 || rec.stdout() != "good night" {
			t.Errorf("asleep, it used %v of %v: %v", u.CPU, u.Wall, rec)
		}
	},
	"12-flood-both-by-bytes": func(_ *suite, t *testing.T, rec *record) {
		if a, b := len(rec.stdout()), len(rec.stderr()); a < 50_000 || b < 50_000 {
			t.Errorf("%d and %d bytes arrived", a, b)
		}
	},
}

func (s *suite) checkEnvironment(t *testing.T, rec *record) {
	tc, err := s.backend.Toolchain(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"HOME=/work", "LANG=C.UTF-8", "PATH=" + tc.Path, "TMPDIR=/tmp"}
	got := lines(rec.stdout())
	if fmt.Sprint(got[:len(got)-1]) != fmt.Sprint(want) {
		t.Errorf("the environment is %q, not %q", got, want)
	}
	s.checkSecrets(t, rec)
}

func (s *suite) checkIdentity(t *testing.T, rec *record) {
	if s.traits.Hostname != "" && !strings.HasPrefix(rec.stdout(), "hostname "+s.traits.Hostname+"\n") {
		t.Errorf("the host name is not %q: %v", s.traits.Hostname, rec)
	}
	s.checkSecrets(t, rec)
}

func (s *suite) checkSecrets(t *testing.T, rec *record) {
	t.Helper()
	for _, secret := range s.traits.Secrets {
		for _, line := range lines(rec.stdout()) {
			if strings.Contains(line, secret) {
				t.Errorf("%q can be read in a box: %s", secret, line)
			}
		}
	}
}

func (s *suite) checkDevices(t *testing.T, rec *record) {
	harmless := map[string]bool{
		"null 1:3": true, "zero 1:5": true, "full 1:7": true, "random 1:8": true, "urandom 1:9": true,
		"tty 5:0": true, "ptmx 5:2": true, // a container engine's; neither is anything without a terminal
	}
	for _, device := range lines(rec.stdout()) {
		if !harmless[device] {
			t.Errorf("device %q is in the box", device)
		}
	}
}

// leaveAndFind looks for leftovers of a run in the next one, and of one that
// still lives in one beside it.
func (s *suite) leaveAndFind(t *testing.T, r *runner.Runner) {
	var leave, find program
	for _, p := range programs(t) {
		switch p.name {
		case "36-leave":
			leave = p
		case "36-find":
			find = p
		}
	}
	leave.judge(t, s.attack(t, r, leave, ""), "")
	find.judge(t, s.attack(t, r, find, ""), "")

	req, err := leave.request()
	if err != nil {
		t.Fatal(err)
	}
	req.Files = append(req.Files, runner.File{Name: helper, Data: read(t, helper)})
	req.Args = []string{"stay"}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	left, done := make(chan struct{}), make(chan *record, 1)
	go func() {
		rec, err := try(t, ctx, r, req, func(e runner.Event) {
			if e.Kind == runner.KindStdout {
				close(left)
			}
		})
		if err != nil {
			t.Errorf("%v", err)
		}
		done <- rec
	}()
	select {
	case <-left:
		find.judge(t, s.attack(t, r, find, ""), "")
		stop()
		if rec := <-done; rec != nil && rec.Verdict != runner.VerdictCanceled {
			t.Errorf("%v", rec)
		}
	case rec := <-done:
		t.Errorf("it did not stay: %v", rec)
	}
}

// deepNesting crashes the compiler, which is a fact about the source and no
// failure of ours.
func (s *suite) deepNesting(t *testing.T, r *runner.Runner) {
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
func (s *suite) exitAtTheDeadline(t *testing.T, r *runner.Runner) {
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
