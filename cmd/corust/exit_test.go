package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		res  runner.Result
		want int
	}{
		{"ok", runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun}, 0},
		{"the program's code", runner.Result{Verdict: runner.VerdictExit, Stage: runner.StageRun, ExitCode: 42}, 42},
		{"a code that looks like ours", runner.Result{Verdict: runner.VerdictExit, Stage: runner.StageRun, ExitCode: 137}, 137},
		{"compile error", runner.Result{Verdict: runner.VerdictCompileError, Stage: runner.StageCompile, ExitCode: 1}, 1},
		{"compiler's other codes", runner.Result{Verdict: runner.VerdictCompileError, Stage: runner.StageCompile, ExitCode: 101}, 1},
		{"a library", runner.Result{Verdict: runner.VerdictNoProgram, Stage: runner.StageCompile}, 123},
		{"cannot be executed", runner.Result{Verdict: runner.VerdictNoProgram, Stage: runner.StageRun, ExitCode: -1}, 123},
		{"timeout", runner.Result{Verdict: runner.VerdictTimeout, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGKILL}, 124},
		{"memory", runner.Result{Verdict: runner.VerdictMemory, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGKILL}, 137},
		{"memory, the box died", runner.Result{Verdict: runner.VerdictMemory, Stage: runner.StageRun, ExitCode: -1}, 137},
		{"output", runner.Result{Verdict: runner.VerdictOutput, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGKILL}, 153},
		{"file size", runner.Result{Verdict: runner.VerdictDisk, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGXFSZ}, 153},
		{"disk full", runner.Result{Verdict: runner.VerdictDisk, Stage: runner.StageRun, ExitCode: 101}, 101},
		{"processes", runner.Result{Verdict: runner.VerdictProcesses, Stage: runner.StageRun, ExitCode: 101}, 101},
		{"disk full while compiling", runner.Result{Verdict: runner.VerdictDisk, Stage: runner.StageCompile, ExitCode: 101}, 1},
		{"signal", runner.Result{Verdict: runner.VerdictSignal, Stage: runner.StageRun, ExitCode: -1, Signal: 6}, 134},
		{"the compiler crashed", runner.Result{Verdict: runner.VerdictSignal, Stage: runner.StageCompile, ExitCode: -1, Signal: 11}, 139},
		{"cancelled", runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, 130},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := exitCode(t.Context(), tt.res); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}

func TestExplainNamesTheLimit(t *testing.T) {
	t.Parallel()
	hung := func(denied int64) runner.Result {
		return runner.Result{
			Verdict: runner.VerdictTimeout, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGKILL,
			Stages: []runner.Stage{
				{Name: runner.StageCompile, Usage: runner.Usage{ProcessesDenied: 7}},
				{Name: runner.StageRun, ExitCode: -1, Usage: runner.Usage{ProcessesDenied: denied}},
			},
		}
	}
	slowCompiler := hung(0)
	slowCompiler.Stage, slowCompiler.Stages = runner.StageCompile, slowCompiler.Stages[:1]
	limits := runner.DefaultLimits
	for _, tt := range []struct {
		name string
		res  runner.Result
		want string
	}{
		{"a program that is slow", hung(0), "the program was stopped at its time limit of 10s (--timeout)"},
		{"a program that hangs without a thread", hung(1), "the program was stopped at its time limit of 10s (--timeout); before, it was refused 1 process or thread beyond the limit of 128 (--pids)"},
		{"a program that hangs without threads", hung(112), "the program was stopped at its time limit of 10s (--timeout); before, it was refused 112 processes or threads beyond the limit of 128 (--pids)"},
		{"a compiler that hangs without threads", slowCompiler, "the compiler was stopped at its time limit of 30s (--compile-timeout); before, it was refused 7 processes or threads beyond the limit of 128 (--pids)"},
		{"a box that died at its deadline", runner.Result{Verdict: runner.VerdictTimeout, Stage: runner.StageRun, ExitCode: -1}, "the program was stopped at its time limit of 10s (--timeout)"},
		{"a file that is too large", runner.Result{Verdict: runner.VerdictDisk, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGXFSZ}, "the program was ended by SIGXFSZ: a file grew beyond the size limit of 160MiB (limits.work in the configuration)"},
		{"a full disk", runner.Result{Verdict: runner.VerdictDisk, Stage: runner.StageRun, ExitCode: 101}, "the program failed with its disk full (/work has 160MiB, /tmp 64MiB: limits.work and limits.tmp in the configuration)"},
	} {
		tt.res.Hits = runner.Hits(tt.res, limits)
		if got := explain(tt.res, byFlags); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestExitCodeOfTheSignalThatStoppedUs(t *testing.T) {
	t.Parallel()
	for sig, want := range map[os.Signal]int{syscall.SIGTERM: 143, os.Interrupt: 130} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(&signalError{sig})
		if got := exitCode(ctx, runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}); got != want {
			t.Errorf("%v: exit code %d, want %d", sig, got, want)
		}
	}
}

// Where neither kind of box can be had, the hint is for the one that takes less:
// an engine is a lot to install, and native boxes may be what just failed.
func TestHintWhereNoBoxCanBeMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		native error
		want   string
	}{
		{native.ErrNoToolchain, "install Rust"},
		{errUnenforced, "as root, or under systemd-run"},
		{native.ErrUnsupported, "run corust doctor to see what either kind"},
	} {
		if tt.native == native.ErrUnsupported && runtime.GOOS != "linux" {
			continue // an engine is all that there can be
		}
		hint := hintFor(fmt.Errorf("%w:\n%w", errNoBackend, errors.Join(engine.ErrDown, tt.native)))
		if !strings.HasPrefix(hint, tt.want) {
			t.Errorf("%v: hint %q, want %q", tt.native, hint, tt.want)
		}
	}
}

// The metrics have no flag, and --listen does not help them.
func TestHintWhereMetricsCannotListen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, _, err = serveMetrics(t.Context(), taken.Addr().String(), http.NotFoundHandler(), slog.New(slog.DiscardHandler), nil)
	if hint := hintFor(err); !strings.Contains(hint, "serve.metrics_listen") || strings.Contains(hint, "--listen") {
		t.Errorf("%v: hint %q", err, hint)
	}
}
