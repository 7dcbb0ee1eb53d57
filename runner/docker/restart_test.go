//go:build linux

package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
)

// privateEngine is an engine of the test's own, to be killed and started again.
type privateEngine struct {
	t    testing.TB
	dir  string
	host string
	cmd  *exec.Cmd
}

func startPrivateEngine(t testing.TB) *privateEngine {
	t.Helper()
	if why := os.Getenv("TEST_NO_ENGINE"); why != "" {
		t.Skip(why) // .ci/run: its containers would hang
	}
	dockerd, err := exec.LookPath("dockerd")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs root and dockerd, to start an engine that may be killed")
	}
	dir, err := os.MkdirTemp("", "ce") // short, for the socket's sake
	if err != nil {
		t.Fatal(err)
	}
	p := &privateEngine{t: t, dir: dir, host: "unix://" + dir + "/s"}
	t.Cleanup(func() {
		p.stop(syscall.SIGTERM)
		p.sweep()
	})
	p.start(dockerd)
	return p
}

func (p *privateEngine) start(dockerd string) {
	p.t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(dockerd, "--bridge=none", "--iptables=false", "--ip6tables=false",
		"--data-root", p.dir+"/data", "--exec-root", p.dir+"/exec", "--pidfile", p.dir+"/pid", "--host", p.host)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		e, err := engine.Open(context.Background(), p.host)
		if err == nil {
			e.Close()
			return
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			p.t.Fatalf("private engine does not come up: %v\n%s", err, text)
		}
	}
}

func (p *privateEngine) stop(sig syscall.Signal) {
	if p.cmd != nil {
		p.cmd.Process.Signal(sig)
		p.cmd.Wait()
		os.Remove(p.dir + "/pid")
		// Its containerd dies with it, but stays as a zombie where process 1 does
		// not reap; the next dockerd would take that for a living one.
		os.Remove(p.dir + "/exec/containerd/containerd.pid")
	}
}

// sweep removes what a killed engine leaves: processes that name its directory,
// and mounts in it.
func (p *privateEngine) sweep() {
	procs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range procs {
		if text, _ := os.ReadFile(file); strings.Contains(string(text), p.dir+"/exec") {
			var pid int
			fmt.Sscanf(file, "/proc/%d/", &pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], p.dir+"/") {
			unix.Unmount(f[1], unix.MNT_DETACH)
		}
	}
	if err := os.RemoveAll(p.dir); err != nil {
		p.t.Error(err)
	}
}

// planner has a box run the program that main.rs names.
type planner struct{}

func (planner) Check(runner.Request, runner.Toolchain) error { return nil }

func (planner) Plan(req runner.Request, _ runner.Toolchain) (runner.Plan, error) {
	argv := append([]string{"/box"}, strings.Fields(string(req.Files[0].Data))...)
	return runner.Plan{Steps: []runner.Step{{Stage: runner.StageRun, Argv: argv}}}, nil
}

func (planner) SourceOptions(runner.Request) (runner.Choices, error) {
	return runner.Choices{}, nil
}

func (planner) Decoder(_ runner.Plan, f runner.Format, _ runner.Sink) (runner.Decoder, error) {
	return nil, fmt.Errorf("unknown format %q", f.Name)
}

func program(line string) runner.Request {
	return runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(line)}}}
}

// When an engine is killed or stopped in the middle of 20 runs, each run ends with an
// error that names the cause. When the engine is back, the same runner runs again, and
// nothing of the lost boxes is left.
func TestEngineRestart(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPrivateEngine(t)
			b := backendWith(t, p.host, "agent", Config{})
			before := holdings(t, p.host, "")

			const runs = 20
			r, err := runner.New(runner.Config{
				Backend: b, Planner: planner{}, MaxBoxes: runs, Warm: 2,
				Limits: runner.Limits{Memory: spec.Memory, Work: spec.Work, Tmp: spec.Tmp, RunTime: time.Hour},
			})
			if err != nil {
				t.Fatal(err)
			}
			var begun, answered sync.WaitGroup
			begun.Add(runs)
			answers := make(chan error, runs)
			for range runs {
				answered.Go(func() {
					begin := sync.OnceFunc(begun.Done)
					defer begin()
					res, err := r.Run(t.Context(), program("sleep"), nil, func(e runner.Event) {
						if e.Kind == runner.KindStageStart {
							begin()
						}
					})
					if err == nil {
						err = fmt.Errorf("a program that sleeps for an hour ended: %+v", res)
					}
					answers <- err
				})
			}
			begun.Wait()
			p.stop(sig)
			if _, err := b.NewBox(t.Context(), spec); !errors.Is(err, engine.ErrDown) {
				t.Errorf("a box from an engine that is away: %v", err)
			}
			answered.Wait()
			close(answers)
			for err := range answers {
				if !errors.Is(err, runner.ErrBoxDied) {
					t.Errorf("a run whose engine went away: %v", err)
				}
			}

			dockerd, _ := exec.LookPath("dockerd")
			p.start(dockerd)
			if res, err := r.Run(t.Context(), program("say back"), nil, nil); err != nil || res.Verdict != runner.VerdictOK {
				t.Errorf("a run after the engine came back: %+v, %v", res, err)
			}
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
			deadline := time.Now().Add(time.Minute)
			for len(ours(t, b)) > 0 && time.Now().Before(deadline) {
				time.Sleep(100 * time.Millisecond)
			}
			if after := holdings(t, p.host, ""); !maps.Equal(before, after) {
				t.Errorf("the engine had %v and has %v", before, after)
			}
		})
	}
}
