package main

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// printer shows the events of one run. Its methods are called in turn, as the
// runner promises for events.
type printer struct {
	app      *app
	flags    *runFlags
	out, err io.Writer // the program's and the compiler's bytes
	cancel   func()    // ends the run when nobody reads its output

	compiler []byte // the beginning of what the compiler said

	once   sync.Once
	broken error // the first failed write
}

func (a *app) newPrinter(f *runFlags) *printer {
	return &printer{app: a, flags: f, out: a.safely(a.out, f), err: a.safely(a.err, f), cancel: func() {}}
}

// jsonEvent is one line of --json. Fields that a kind does not have are absent.
type jsonEvent struct {
	Event    string           `json:"event"`
	Stage    runner.StageName `json:"stage,omitempty"`
	Position int              `json:"position,omitempty"`
	// Text are the bytes written if they are UTF-8, otherwise Base64 holds them.
	Text   string        `json:"text,omitempty"`
	Base64 []byte        `json:"base64,omitempty"`
	Ended  *runner.Stage `json:"ended,omitempty"`

	Diagnostic *runner.Diagnostic `json:"diagnostic,omitempty"`

	Result  *runner.Result `json:"result,omitempty"`
	Backend string         `json:"backend,omitempty"`
	Why     string         `json:"backend_why,omitempty"`
	Exit    *int           `json:"exit,omitempty"`
	Error   string         `json:"error,omitempty"`
	Hint    string         `json:"hint,omitempty"`
}

// compilerKept bounds what is searched for crates that are not there.
const compilerKept = 64 << 10

// event shows one event.
func (p *printer) event(e runner.Event) {
	if p.flags.json {
		line := jsonEvent{Event: string(e.Kind), Stage: e.Stage, Position: e.Position, Ended: e.Ended, Diagnostic: e.Diagnostic}
		if e.Kind == runner.KindWarning {
			line.Text = e.Warning
		} else if utf8.Valid(e.Data) {
			line.Text = string(e.Data)
		} else {
			line.Base64 = e.Data
		}
		p.line(line)
		return
	}
	if e.Stage == runner.StageCompile && e.Kind == runner.KindStderr {
		p.compiler = append(p.compiler, e.Data[:min(len(e.Data), compilerKept-len(p.compiler))]...)
	}
	switch e.Kind {
	case runner.KindStdout:
		if e.Stage == runner.StageCompile && p.flags.action != string(runner.ActionFormat) {
			p.write(p.err, e.Data) // a compiler's output is never the program's
		} else {
			p.write(p.out, e.Data)
		}
	case runner.KindStderr:
		p.write(p.err, e.Data)
	case runner.KindWarning:
		if !p.flags.quiet {
			p.app.say("warning: %s", e.Warning)
		}
	}
}

// result ends a run that was answered.
func (p *printer) result(res runner.Result, code int, backend *chosen, explanation string) {
	if p.flags.json {
		p.line(jsonEvent{Event: "result", Result: &res, Backend: backend.Name(), Why: backend.because(), Exit: &code})
		return
	}
	if explanation != "" && !p.flags.quiet && p.broken == nil {
		p.app.say("%s", explanation)
	}
}

// failed ends a run that was not. What goes to standard error is said where all
// errors are.
func (p *printer) failed(err error) {
	if p.flags.json {
		code := exitOurs
		p.line(jsonEvent{Event: "error", Error: err.Error(), Hint: hintFor(err), Exit: &code})
	}
}

func (p *printer) line(e jsonEvent) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false) // for people and for jq, not for a page
	if err := enc.Encode(e); err != nil {
		panic(err) // a struct of ours that does not encode
	}
	p.write(p.app.out, line.Bytes())
}

// write stops the run when its reader has gone.
func (p *printer) write(w io.Writer, data []byte) {
	if p.broken != nil {
		return
	}
	if _, err := w.Write(data); err != nil {
		p.broken = err
		p.once.Do(p.cancel)
	}
}
