package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/ansi"
	"github.com/corust-dev/corust/runner"
)

// boxes joins a session's runs with the executor. It implements collab.Runner.
type boxes struct {
	executor runner.Executor
	// missing says in a line what is to be known of crates that the compiler
	// did not find, "" if it found all.
	missing func(ctx context.Context, ch runner.Channel, files []runner.File, messages []byte) string

	mu      sync.Mutex
	stopped bool           // no run begins any more
	running sync.WaitGroup // the runs under way
}

// begin counts a run in, unless the server is stopping.
func (b *boxes) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return false
	}
	b.running.Add(1)
	return true
}

// await lets no run begin any more, and waits for those under way, but not
// longer than d.
func (b *boxes) await(d time.Duration) {
	b.mu.Lock()
	b.stopped = true
	b.mu.Unlock()
	done := make(chan struct{})
	go func() {
		b.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}

// try runs a program of our own, so that a server that cannot run any says so at
// its start and not to its first user. It is nil if the server stops meanwhile.
func (b *boxes) try(ctx context.Context) error {
	if !b.begin() {
		return nil
	}
	defer b.running.Done()
	res, err := b.executor.Run(ctx, runner.Request{
		Owner: "start",
		Mode:  runner.ModeDebug,
		Files: []runner.File{{Name: runner.MainFile, Data: []byte("fn main() {}")}},
	}, nil, nil)
	switch {
	case ctx.Err() != nil || errors.Is(err, runner.ErrClosed):
		return nil
	case err == nil && res.Verdict != runner.VerdictOK:
		return fmt.Errorf("an empty program ends with %s (%s)", res.Verdict, res.Stage)
	}
	return err
}

// runOptions are what a session's people may choose. The page and the REST
// interface send them; a run without them takes the configuration's defaults.
type runOptions struct {
	Action  runner.Action  `json:"action"`
	Mode    runner.Mode    `json:"mode"`
	Edition runner.Edition `json:"edition"`
	Channel runner.Channel `json:"channel"`
}

// runDetail is what a session is told of a run's end beside the verdict.
type runDetail struct {
	Message  string     `json:"message,omitempty"`
	ExitCode *int       `json:"exit_code,omitempty"`
	Stages   []runStage `json:"stages,omitempty"`
	Queued   float64    `json:"queued_ms,omitempty"`
}

type runStage struct {
	Name       runner.StageName `json:"name"`
	Wall       float64          `json:"wall_ms"`
	CPU        float64          `json:"cpu_ms"`
	PeakMemory int64            `json:"peak_memory_bytes"`
}

// shareTaken is what people are told when their address has its share of the queue.
const shareTaken = "too many runs from this address are waiting; try again when some have ended"

// verdictRefused is the verdict of a run that no box was given to: what it
// asked for does not exist, or there is no room.
const verdictRefused = "refused"

// streamCompiler carries what the compiler prints, on whichever stream, apart
// from what the program does.
const streamCompiler = "compiler"

// Run implements collab.Runner.
func (b *boxes) Run(ctx context.Context, req runs.Request, out runs.Events) (runs.Result, error) {
	if !b.begin() {
		return refused("the server is restarting"), nil
	}
	defer b.running.Done()
	var opts runOptions
	if err := decodeOptions(req.Options, &opts); err != nil {
		return refused(err.Error()), nil
	}
	told := &teller{out: out}
	defer told.diagnosed()
	files := []runner.File{{Name: runner.MainFile, Data: []byte(req.Source)}}
	res, err := b.executor.Run(ctx, runner.Request{
		Owner:   req.Owner,
		Action:  opts.Action,
		Files:   files,
		Mode:    opts.Mode,
		Edition: opts.Edition,
		Channel: opts.Channel,
		Color:   true,

		Diagnostics: true,
	}, req.Stdin, told.event)
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid):
		return refused(invalid.Error()), nil
	case errors.Is(err, runner.ErrShare):
		return refused(shareTaken), nil
	case errors.Is(err, runner.ErrBusy):
		return refused("all places are taken; try again in a moment"), nil
	case errors.Is(err, runner.ErrClosed):
		return refused("the server is restarting"), nil
	case err != nil:
		return runs.Result{}, err
	}
	detail := runDetail{Message: explain(res, nil), ExitCode: &res.ExitCode, Queued: milliseconds(res.Queued)}
	if res.Verdict == runner.VerdictCompileError {
		detail.Message = b.missing(ctx, opts.Channel, files, told.compiler)
	}
	for _, s := range res.Stages {
		detail.Stages = append(detail.Stages, runStage{s.Name, milliseconds(s.Usage.Wall), milliseconds(s.Usage.CPU), s.Usage.PeakMemory})
	}
	return result(string(res.Verdict), detail), nil
}

func milliseconds(d interface{ Microseconds() int64 }) float64 {
	return float64(d.Microseconds()) / 1000
}

func decodeOptions(data json.RawMessage, opts *runOptions) error {
	if len(data) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(opts); err != nil {
		return fmt.Errorf("options of a run: %w", err)
	}
	return nil
}

func refused(message string) runs.Result {
	return result(verdictRefused, runDetail{Message: message})
}

func result(verdict string, detail runDetail) runs.Result {
	data, err := json.Marshal(detail)
	if err != nil {
		data = nil // it is numbers and strings
	}
	return runs.Result{Verdict: verdict, Detail: data}
}

// format runs rustfmt in a box. It is a server.Formatter.
func (b *boxes) format(ctx context.Context, owner, source, edition string) (string, error) {
	var formatted, stderr bytes.Buffer
	res, err := b.executor.Run(ctx, runner.Request{
		Owner:   owner,
		Action:  runner.ActionFormat,
		Files:   []runner.File{{Name: runner.MainFile, Data: []byte(source)}},
		Edition: runner.Edition(edition),
	}, nil, func(e runner.Event) {
		switch e.Kind {
		case runner.KindProduct:
			formatted.Write(e.Data)
		case runner.KindStderr:
			stderr.Write(e.Data)
		}
	})
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid):
		return "", &server.FormatError{Message: invalid.Error()}
	case errors.Is(err, runner.ErrShare):
		return "", fmt.Errorf("%s: %w", shareTaken, wire.ErrBusy)
	case errors.Is(err, runner.ErrBusy):
		return "", fmt.Errorf("all places are taken: %w", wire.ErrBusy)
	case errors.Is(err, runner.ErrClosed):
		return "", wire.ErrResume
	case err != nil:
		return "", err
	case res.Verdict == runner.VerdictOK:
		return formatted.String(), nil
	case stderr.Len() > 0:
		return "", &server.FormatError{Message: firstMessage(stderr.Bytes())}
	}
	return "", &server.FormatError{Message: explain(res, nil)}
}

// firstMessage is the first of rustfmt's messages and where it points.
func firstMessage(stderr []byte) string {
	var plain bytes.Buffer
	_, _ = ansi.NewFilter(&plain).Write(stderr)
	var message []string
	for line := range strings.SplitSeq(plain.String(), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line == "|" {
			break
		}
		message = append(message, line)
	}
	return strings.Join(message, " ")
}
