package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
)

// Exit codes of corust.
const (
	exitOK           = 0
	exitCompileError = 1
	exitNoProgram    = 123 // below the codes of corust that other tools share
	exitTimeout      = 124 // as timeout(1)
	exitOurs         = 125 // as env(1), timeout(1) and docker run
	exitMemory       = 137 // 128 + SIGKILL, as a shell shows the kernel's OOM killer
	exitUnread       = 141 // 128 + SIGPIPE, as a shell shows a command whose reader has gone
	exitOutput       = 153 // 128 + SIGXFSZ, "file size limit exceeded"
)

// exitCodes is shown by run --help and held to exitCode by a test.
const exitCodes = `Exit codes:
  0        the program ended with 0
  N        the program ended with N
  1        it did not compile
  123      there is nothing to run: the source has no main function, or is a library
  124      the time limit or the limit of waiting for input ended it
  125      corust itself failed; this says nothing about the program
  128+S    signal S ended the program or corust (130: Ctrl-C, 143: SIGTERM,
           141: the reader of the output is gone)
  137      the memory limit ended it
  153      the output limit or the limit of a file's size ended it
A program that fails because it got no more processes or disk keeps its exit code,
and corust explains the cause on standard error.`

// exitError carries an exit code; there is nothing more to print.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// canceledCode returns the exit code after a signal to corust: the code that shells use
// for a process that the signal ended.
func canceledCode(ctx context.Context) int {
	var stopped *signalError
	if errors.As(context.Cause(ctx), &stopped) {
		if sig, ok := stopped.sig.(syscall.Signal); ok {
			return 128 + int(sig)
		}
	}
	return 128 + int(runner.SIGINT)
}

// exitCode maps a result to the process's exit code. No other code does. That
// of a canceled run depends on what canceled it.
func exitCode(ctx context.Context, res runner.Result) int {
	switch res.Verdict {
	case runner.VerdictOK:
		return exitOK
	case runner.VerdictNoProgram:
		return exitNoProgram
	case runner.VerdictTimeout:
		return exitTimeout
	case runner.VerdictMemory:
		return exitMemory
	case runner.VerdictOutput:
		return exitOutput
	case runner.VerdictCanceled:
		return canceledCode(ctx)
	case runner.VerdictCompileError:
		return exitCompileError
	}
	if res.Signal != 0 {
		return 128 + int(res.Signal)
	}
	if res.Stage == runner.StageCompile {
		return exitCompileError
	}
	return res.ExitCode
}

// explain explains a verdict to the user. It returns "" if the program's output and exit
// code show the verdict. set is nil for users who cannot set limits.
func explain(res runner.Result, set settings) string {
	who := "the program"
	if res.Stage == runner.StageCompile {
		who = "the compiler"
	}
	switch res.Verdict {
	case runner.VerdictNoProgram:
		if res.Stage == runner.StageRun {
			return "there is nothing to run: what was built cannot be executed"
		}
		return "there is nothing to run: the source has no main function, or is a library (corust test runs its tests)"
	case runner.VerdictSignal:
		return fmt.Sprintf("%s was ended by %v", who, res.Signal)
	case runner.VerdictCanceled:
		return "stopped"
	}
	if len(res.Hits) == 0 {
		return ""
	}
	first := hit{res.Hits[0], set}
	switch {
	case res.Verdict == runner.VerdictDisk && res.Signal == runner.SIGXFSZ:
		return fmt.Sprintf("%s was ended by %v: a file grew beyond the size limit of %s%s", who, res.Signal, first.amount(), first.where())
	case res.Verdict == runner.VerdictDisk:
		return who + " failed with its disk full" + full(first, hit{res.Hits[1], set})
	case res.Verdict == runner.VerdictProcesses:
		return fmt.Sprintf("%s failed after it %s", who, first)
	}
	text := fmt.Sprintf("%s %s", who, first)
	for _, h := range res.Hits[1:] {
		// It may be waiting for a thread that could not start.
		also := hit{h, set}
		text += fmt.Sprintf("; before, it was refused %s beyond the limit of %s%s", count(h.Refused, "process or thread", "processes or threads"), also.amount(), also.where())
	}
	return text
}

// settings names what sets some limits.
type settings func(...runner.Limit) string

// byFlags names the flags that set the limits, or the keys in the configuration of
// limits without flags.
func byFlags(rows ...runner.Limit) string {
	var flags, keys []string
	for _, row := range rows {
		if row.Flag != "" {
			flags = append(flags, "--"+row.Flag)
		} else {
			keys = append(keys, "limits."+row.Name)
		}
	}
	if len(keys) > 0 {
		flags = append(flags, strings.Join(keys, " and ")+" in the configuration")
	}
	return strings.Join(flags, " and ")
}

// hit is a limit that was met, for a user who may set it.
type hit struct {
	runner.Hit
	set settings
}

func (h hit) amount() string { return h.Unit.Format(h.Amount) }

func (h hit) row() runner.Limit {
	row, _ := runner.LimitNamed(h.Limit) // the name is the runner's, so it exists
	return row
}

// where names in parentheses what sets the limit.
func (h hit) where() string {
	if h.set == nil {
		return ""
	}
	return " (" + h.set(h.row()) + ")"
}

// String words the hit as the table does.
func (h hit) String() string { return fmt.Sprintf(h.row().Hit, h.amount()) + h.where() }

// full names the file systems of which one is full.
func full(work, tmp hit) string {
	text := fmt.Sprintf("/work has %s, /tmp %s", work.amount(), tmp.amount())
	if work.set != nil {
		text += ": " + work.set(work.row(), tmp.row())
	}
	return " (" + text + ")"
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// hintFor returns what to do about an error; empty if there is nothing to add.
func hintFor(err error) string {
	var invalid *runner.InvalidError
	// Before the engine's hints: if no box can be made, this takes the least effort.
	switch {
	case errors.As(err, &invalid) && invalid.Field == "channel" && invalid.Err != nil:
		return "rustup toolchain install CHANNEL adds a toolchain for native boxes, corust image build --channel CHANNEL an image for docker boxes"
	case errors.Is(err, native.ErrRustup):
		return native.FixRustup
	case errors.Is(err, native.ErrNoToolchain):
		return native.FixNoToolchain + ", or run in an image with --backend docker"
	case errors.Is(err, native.ErrBrokenToolchain):
		return native.FixBrokenToolchain
	case errors.Is(err, native.ErrContained):
		return native.FixContained
	case errors.Is(err, errUnenforced):
		return "as root, or under systemd-run --user --scope -p Delegate=yes, all limits hold; Docker boxes (--backend docker) also hold them; run corust doctor for details"
	case errors.Is(err, errNoBackend) && errors.Is(err, native.ErrUnsupported) && runtime.GOOS == "linux":
		return "run corust doctor to see what either kind of box lacks here, and how to get it"
	}
	if hint := engineHint(err); hint != "" {
		return hint
	}
	switch {
	case errors.Is(err, native.ErrUnsupported):
		return "run corust doctor to see what is missing; --backend docker works without it"
	case errors.As(err, &invalid), errors.Is(err, context.Canceled):
		return ""
	case errors.Is(err, runner.ErrBackend), errors.Is(err, runner.ErrBoxDied):
		return "corust doctor checks what boxes need"
	case errors.Is(err, errMetrics):
		return "serve.metrics_listen in the configuration names the address of the metrics"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program, perhaps another corust serve, has this address; --listen 127.0.0.1:8081 takes another"
	case errors.Is(err, errListen):
		return "an address is HOST:PORT, or :PORT to be reached from other machines"
	case errors.Is(err, errDatabase):
		return "--database names another file, in a directory that is there and that you may write to"
	case errors.Is(err, errBus):
		return "cluster.bus is the URL of a NATS server that is running, such as nats://10.0.0.3:4222"
	case errors.Is(err, errPostgres):
		return "--database is a URL like postgres://user@host/name; the password may stand in ~/.pgpass or PGPASSWORD"
	case errors.Is(err, errNoDatabase):
		return "corust serve prints the path of its database when it starts; --database names it"
	case errors.Is(err, errNoCopy):
		return "FILE is what corust backup wrote, or another copy of a database"
	case errors.Is(err, errCorrupt):
		return "corust restore puts a back-up in the place of the database; what is there is kept"
	}
	return ""
}
