package main

import (
	"io"
	"sync"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
)

// printer shows the events of one run. Its methods are called in turn, as the
// runner promises for events.
type printer struct {
	app      *app
	flags    *runFlags
	out, err io.Writer // the program's and the compiler's bytes
	cancel   func()    // ends the run when the reader of its output is gone

	compiler []byte            // the beginning of the compiler's output
	products map[string][]byte // if the flags take them

	json *events.Encoder // with --json; else nil

	once   sync.Once
	broken error // the first failed write
}

func (a *app) newPrinter(f *runFlags) *printer {
	p := &printer{products: map[string][]byte{}, app: a, flags: f, out: a.safely(a.out, f), err: a.safely(a.err, f), cancel: func() {}}
	if f.json {
		p.json = events.NewEncoder(func(e events.Event) { p.write(a.out, e.Line()) })
	}
	return p
}

// compilerKept bounds the compiler's output that is searched for missing crates, in
// bytes.
const compilerKept = 64 << 10

// event shows one event.
func (p *printer) event(e runner.Event) {
	if p.json != nil {
		p.json.Event(e)
		return
	}
	if e.Stage == runner.StageCompile && e.Kind == runner.KindStderr {
		p.compiler = append(p.compiler, e.Data[:min(len(e.Data), compilerKept-len(p.compiler))]...)
	}
	switch e.Kind {
	case runner.KindStdout:
		if e.Stage == runner.StageCompile {
			p.write(p.err, e.Data) // a compiler's output is never the program's
		} else {
			p.write(p.out, e.Data)
		}
	case runner.KindProduct:
		if p.flags.products == nil {
			p.write(p.out, e.Data)
		} else {
			p.products[e.Product.Name] = append(p.products[e.Product.Name], e.Data...)
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
	if p.json != nil {
		p.json.End(events.Event{Event: events.KindResult, Result: &res, Backend: backend.Name(), Why: backend.because(), Exit: &code})
		return
	}
	if explanation != "" && !p.flags.quiet && p.broken == nil {
		p.app.say("%s", explanation)
	}
}

// failed ends the output of a run that could not be made. Only JSON needs it, since the
// command prints all errors on standard error.
func (p *printer) failed(err error) {
	if p.json != nil {
		code := exitOurs
		p.json.End(events.Event{Event: events.KindError, Error: err.Error(), Hint: hintFor(err), Exit: &code})
	}
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
