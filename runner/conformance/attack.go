package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
)

// Target is what hostile programs are run against.
type Target struct {
	Runner  runner.Executor
	Backend runner.Backend // the runner's
	// Secrets are strings that no program may read in a box: paths of the host
	// above all.
	Secrets []string
}

// Attack runs a hostile program, once for each of its arguments, and returns nil if the
// outcome is the one in its head. Otherwise the error names what did not hold, and
// shows the run.
func (a *Target) Attack(ctx context.Context, p Program) error {
	if p.Name == "36-leave" || p.Name == "45-beside-take" {
		return a.attackBeside(ctx, p)
	}
	repeats, err := p.repeats()
	if err != nil {
		return err
	}
	var errs []error
	for arg := range strings.SplitSeq(p.fields["args"], "|") {
		for range repeats {
			if err := a.attack(ctx, p, arg); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// attack runs a hostile program once and judges the run.
func (a *Target) attack(ctx context.Context, p Program, arg string) error {
	req, err := p.Request()
	if err != nil {
		return err
	}
	if arg != "" {
		req.Args = []string{arg}
	}
	if p.fields["check"] == "sysroot" {
		tc, err := a.Backend.Toolchain(ctx, "")
		if err != nil {
			return err
		}
		req.Args = []string{strings.TrimSuffix(tc.Rustc, "/bin/rustc")}
	}
	stdin, unblock := p.Stdin()
	defer unblock()
	rec, err := Try(ctx, a.Runner, req, stdin, nil)
	if err != nil {
		return err
	}
	errs := []error{p.Judge(rec, arg)}
	for _, check := range []check{checks[p.fields["check"]], numbers[p.Name]} {
		if check != nil && errs[0] == nil {
			errs = append(errs, check(a, ctx, rec))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w\n%v", err, rec)
	}
	return nil
}

// companions are programs that run after and beside another one.
var companions = map[string]string{
	"36-leave":       "36-find",       // looks for what the other left
	"45-beside-take": "45-beside-get", // wants a little of what the other has taken
}

// attackBeside runs a program to its end and then its companion, and then the two
// side by side. Meanwhile this process must be able to watch a file.
func (a *Target) attackBeside(ctx context.Context, p Program) error {
	programs, err := Programs()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(programs, func(other Program) bool { return other.Name == companions[p.Name] })
	if i < 0 {
		return fmt.Errorf("there is no program %q", companions[p.Name])
	}
	companion := programs[i]
	if err := errors.Join(a.attack(ctx, p, ""), a.attack(ctx, companion, "")); err != nil {
		return err
	}
	req, err := p.Request()
	if err != nil {
		return err
	}
	req.Args = []string{"stay"}
	staying, stop := context.WithCancel(ctx)
	defer stop()
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() {
		rec, err := Try(staying, a.Runner, req, nil, func(e runner.Event) {
			if e.Kind == runner.KindStdout {
				close(ready)
			}
		})
		if err == nil && rec.Verdict != runner.VerdictCanceled {
			err = fmt.Errorf("it did not stay: %v", rec)
		}
		done <- err
	}()
	select {
	case <-ready:
		err := errors.Join(a.attack(ctx, companion, ""), watch())
		stop()
		return errors.Join(err, <-done)
	case err := <-done:
		return errors.Join(errors.New("it ended before it printed a line"), err)
	}
}

// A check looks at more of a run than the head can describe.
type check func(*Target, context.Context, *Record) error

// checks are those that heads name.
var checks = map[string]check{
	"environment": (*Target).checkEnvironment,
	"identity":    (*Target).checkIdentity,
	"secrets":     (*Target).checkSecrets,
	"devices":     (*Target).checkDevices,
	"sysroot":     func(*Target, context.Context, *Record) error { return nil }, // what is compiled next shows it
}

// numbers are checks of what was measured, by program.
var numbers = map[string]check{
	"03-memory-bomb": func(_ *Target, _ context.Context, rec *Record) error {
		const limit = 128 << 20
		if peak := rec.Stages[1].Usage.PeakMemory; peak < limit*9/10 || peak > limit {
			return fmt.Errorf("the peak is %d, the limit %d", peak, limit)
		}
		return nil
	},
	"04-child-out-of-memory": func(_ *Target, _ context.Context, rec *Record) error {
		if rec.Stages[1].Usage.OOMKills == 0 {
			return errors.New("no kill was counted")
		}
		return nil
	},
	"02-thread-limit-survived": func(_ *Target, _ context.Context, rec *Record) error {
		if rec.Stages[1].Usage.ProcessesDenied == 0 {
			return errors.New("no refusal was counted")
		}
		return nil
	},
	"15-sleep": func(_ *Target, _ context.Context, rec *Record) error {
		if u := rec.Stages[1].Usage; u.CPU > u.Wall/2 || rec.Stdout() != "good night" {
			return fmt.Errorf("asleep, it used %v of %v", u.CPU, u.Wall)
		}
		return nil
	},
	"12-flood-both-by-bytes": func(_ *Target, _ context.Context, rec *Record) error {
		if a, b := len(rec.Stdout()), len(rec.Stderr()); a < 50_000 || b < 50_000 {
			return fmt.Errorf("%d and %d bytes arrived", a, b)
		}
		return nil
	},
}

func (a *Target) checkEnvironment(ctx context.Context, rec *Record) error {
	want := boxenv.Environ()
	slices.Sort(want)
	got := lines(rec.Stdout())
	if fmt.Sprint(got[:len(got)-1]) != fmt.Sprint(want) {
		return fmt.Errorf("the environment is %q, want %q", got, want)
	}
	return a.checkSecrets(ctx, rec)
}

func (a *Target) checkIdentity(ctx context.Context, rec *Record) error {
	if !strings.HasPrefix(rec.Stdout(), "hostname "+boxenv.Hostname+"\n") {
		return fmt.Errorf("the host name is not %q", boxenv.Hostname)
	}
	return a.checkSecrets(ctx, rec)
}

func (a *Target) checkSecrets(_ context.Context, rec *Record) error {
	for _, secret := range a.Secrets {
		for _, line := range lines(rec.Stdout()) {
			if strings.Contains(line, secret) {
				return fmt.Errorf("%q can be read in a box: %s", secret, line)
			}
		}
	}
	return nil
}

func (a *Target) checkDevices(_ context.Context, rec *Record) error {
	harmless := map[string]bool{
		"null 1:3": true, "zero 1:5": true, "full 1:7": true, "random 1:8": true, "urandom 1:9": true,
		"tty 5:0": true, "ptmx 5:2": true, // a container engine's; neither is anything without a terminal
	}
	for _, device := range lines(rec.Stdout()) {
		if !harmless[device] {
			return fmt.Errorf("device %q is in the box", device)
		}
	}
	return nil
}

// lines splits output into lines.
func lines(out string) []string {
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}
