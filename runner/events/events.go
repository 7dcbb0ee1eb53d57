// Package events is the JSON form of what happens in a run: the lines of corust run
// --json, and the streams of POST /api/v1/run (docs/run.md#json-events). It is the only
// encoder of runner.Event for tools.
package events

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/corust-dev/corust/internal/runes"
	"github.com/corust-dev/corust/runner"
)

// The kinds of an Event besides those of runner.Event.
const (
	KindResult = "result"
	KindError  = "error"
)

// Event is a JSON object. Fields that a kind does not have are absent.
type Event struct {
	Event    string           `json:"event"`
	Stage    runner.StageName `json:"stage,omitempty"`
	Position int              `json:"position,omitempty"`
	Product  string           `json:"product,omitempty"`
	// Text are the bytes written if they are UTF-8, otherwise Base64 holds them.
	Text   string        `json:"text,omitempty"`
	Base64 []byte        `json:"base64,omitempty"`
	Ended  *runner.Stage `json:"ended,omitempty"`

	Diagnostic *runner.Diagnostic `json:"diagnostic,omitempty"`
	Test       *runner.Test       `json:"test,omitempty"`

	Result *runner.Result `json:"result,omitempty"`
	// Backend and Why name the backend of the box, and why it was chosen. Exit is the exit
	// code of corust run.
	Backend string `json:"backend,omitempty"`
	Why     string `json:"backend_why,omitempty"`
	Exit    *int   `json:"exit,omitempty"`
	Error   string `json:"error,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// Line returns the event as a line of JSON.
func (e Event) Line() []byte { return Line(e) }

// Line returns an event of any type as a line of JSON. HTML is not escaped: the reader is a
// tool.
func Line(e any) []byte {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		panic(err) // only if a type of corust does not encode
	}
	return line.Bytes()
}

// Encoder turns the events of one run into Events. However the streams are cut into
// events, a stream that is UTF-8 is text: a character that is not whole waits for its
// rest. An Encoder is used by one goroutine at a time, as the runner calls emit.
type Encoder struct {
	emit func(Event)
	held map[stream][]byte // the beginnings of characters
}

// stream names one of the two streams of a stage, or one of its products.
type stream struct {
	stage   runner.StageName
	kind    runner.Kind
	product string
}

// NewEncoder returns an Encoder that hands each Event to emit.
func NewEncoder(emit func(Event)) *Encoder {
	return &Encoder{emit: emit, held: map[stream][]byte{}}
}

// Event encodes an event of the run.
func (c *Encoder) Event(e runner.Event) {
	switch e.Kind {
	case runner.KindStdout, runner.KindStderr, runner.KindProduct:
		s := stream{e.Stage, e.Kind, ""}
		if e.Product != nil {
			s.product = e.Product.Name
		}
		data := append(c.held[s], e.Data...)
		whole := runes.Whole(data)
		c.held[s] = data[whole:]
		if whole > 0 {
			c.bytes(s, data[:whole])
		}
		return
	case runner.KindStageEnd:
		c.release()
	}
	c.emit(Event{Event: string(e.Kind), Stage: e.Stage, Position: e.Position, Text: e.Warning, Ended: e.Ended, Diagnostic: e.Diagnostic, Test: e.Test})
}

// End ends the run with an event of KindResult or KindError.
func (c *Encoder) End(last Event) {
	c.release() // of a stage that never ended
	c.emit(last)
}

// bytes emits a piece of a stream.
func (c *Encoder) bytes(s stream, data []byte) {
	e := Event{Event: string(s.kind), Stage: s.stage, Product: s.product}
	if utf8.Valid(data) {
		e.Text = string(data)
	} else {
		e.Base64 = data
	}
	c.emit(e)
}

// release emits the beginnings of characters whose rest never came.
func (c *Encoder) release() {
	inOrder := func(a, b stream) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(b.kind, a.kind), cmp.Compare(a.product, b.product))
	}
	for _, s := range slices.SortedFunc(maps.Keys(c.held), inOrder) {
		if len(c.held[s]) > 0 {
			c.bytes(s, c.held[s])
		}
	}
	clear(c.held)
}
