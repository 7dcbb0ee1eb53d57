package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"slices"
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
	cancel   func()    // ends the run when the reader of its output is gone

	compiler []byte // the beginning of the compiler's output

	// held are the beginnings of characters, with --json: the rest of each comes
	// with the next event of its stream.
	held map[stream][]byte

	once   sync.Once
	broken error // the first failed write
}

// stream names one of the two streams of a stage, or one of its products.
type stream struct {
	stage   runner.StageName
	kind    runner.Kind
	product string
}

func (a *app) newPrinter(f *runFlags) *printer {
	return &printer{held: map[stream][]byte{}, app: a, flags: f, out: a.safely(a.out, f), err: a.safely(a.err, f), cancel: func() {}}
}

// jsonEvent is one line of --json. Fields that a kind does not have are absent.
type jsonEvent struct {
	Event    string           `json:"event"`
	Stage    runner.StageName `json:"stage,omitempty"`
	Position int              `json:"position,omitempty"`
	Product  string           `json:"product,omitempty"`
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

// compilerKept bounds the compiler's output that is searched for missing crates, in
// bytes.
const compilerKept = 64 << 10

// event shows one event.
func (p *printer) event(e runner.Event) {
	if p.flags.json {
		p.jsonEvent(e)
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
		p.write(p.out, e.Data)
	case runner.KindStderr:
		p.write(p.err, e.Data)
	case runner.KindWarning:
		if !p.flags.quiet {
			p.app.say("warning: %s", e.Warning)
		}
	}
}

// jsonEvent prints an event as a line. However the streams are cut into events, a
// stream that is UTF-8 is text: a character that is not whole waits for its rest.
func (p *printer) jsonEvent(e runner.Event) {
	switch e.Kind {
	case runner.KindStdout, runner.KindStderr, runner.KindProduct:
		s := stream{e.Stage, e.Kind, ""}
		if e.Product != nil {
			s.product = e.Product.Name
		}
		data := append(p.held[s], e.Data...)
		whole := wholeRunes(data)
		p.held[s] = data[whole:]
		if whole > 0 {
			p.bytes(s, data[:whole])
		}
		return
	case runner.KindStageEnd:
		p.release()
	}
	p.line(jsonEvent{Event: string(e.Kind), Stage: e.Stage, Position: e.Position, Text: e.Warning, Ended: e.Ended, Diagnostic: e.Diagnostic})
}

// wholeRunes is how many bytes of data stand before a character that the end of
// data cuts.
func wholeRunes(data []byte) int {
	for i := len(data) - 1; i >= 0 && i >= len(data)-utf8.UTFMax; i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				return i
			}
			break
		}
	}
	return len(data)
}

// bytes prints a piece of a stream.
func (p *printer) bytes(s stream, data []byte) {
	line := jsonEvent{Event: string(s.kind), Stage: s.stage, Product: s.product}
	if utf8.Valid(data) {
		line.Text = string(data)
	} else {
		line.Base64 = data
	}
	p.line(line)
}

// release prints the beginnings of characters whose rest never came.
func (p *printer) release() {
	inOrder := func(a, b stream) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(b.kind, a.kind), cmp.Compare(a.product, b.product))
	}
	for _, s := range slices.SortedFunc(maps.Keys(p.held), inOrder) {
		if len(p.held[s]) > 0 {
			p.bytes(s, p.held[s])
		}
	}
	clear(p.held)
}

// result ends a run that was answered.
func (p *printer) result(res runner.Result, code int, backend *chosen, explanation string) {
	if p.flags.json {
		p.release() // of a stage that never ended
		p.line(jsonEvent{Event: "result", Result: &res, Backend: backend.Name(), Why: backend.because(), Exit: &code})
		return
	}
	if explanation != "" && !p.flags.quiet && p.broken == nil {
		p.app.say("%s", explanation)
	}
}

// failed ends the output of a run that could not be made. Only JSON needs it, since the
// command prints all errors on standard error.
func (p *printer) failed(err error) {
	if p.flags.json {
		p.release()
		code := exitOurs
		p.line(jsonEvent{Event: "error", Error: err.Error(), Hint: hintFor(err), Exit: &code})
	}
}

func (p *printer) line(e jsonEvent) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false) // for people and for jq, not for a page
	if err := enc.Encode(e); err != nil {
		panic(err) // only if a type of corust does not encode
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
