package collab

import (
	"encoding/json"
	"slices"

	"github.com/corust-dev/corust/collab/ot"
)

// Diagnostic is what a compiler says of the text that ran. Its words are the
// runner's, which the program may have forged: nothing is decided by them.
type Diagnostic struct {
	Level   string `json:"level"` // "error", "warning", "note", "help"
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	// Spans are what it is about; there is at least one.
	Spans       []DiagnosticSpan `json:"spans"`
	Notes       []DiagnosticNote `json:"notes,omitempty"`
	Suggestions []Suggestion     `json:"suggestions,omitempty"`
}

// DiagnosticSpan is a part of the text, which may be empty.
type DiagnosticSpan struct {
	From    int    `json:"from"`
	To      int    `json:"to"`
	Primary bool   `json:"primary,omitempty"`
	Label   string `json:"label,omitempty"`
}

// DiagnosticNote is a remark that changes nothing.
type DiagnosticNote struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

// Suggestion is a change that the compiler proposes: all of its edits, which are
// in order and do not overlap, or none. Only one that is applicable may be offered
// to be applied; others are to be read.
type Suggestion struct {
	Message    string          `json:"message"`
	Applicable bool            `json:"applicable,omitempty"`
	Edits      []SuggestedEdit `json:"edits"`
}

// SuggestedEdit replaces a part of the text.
type SuggestedEdit struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Insert string `json:"insert"`
}

// Bounds of a run's diagnostics: how many, and their JSON in bytes. What is beyond
// them is left out.
const (
	maxDiagnostics     = 256
	maxDiagnosticBytes = 256 << 10
)

// RunDiagnostics tells everybody what the compiler says of the text that runs; at
// its version, or at the head to those who have come since and do not know how the
// text has changed. Diagnostics that do not lie in that text are left out.
func (a *Authority) RunDiagnostics(id string, list []Diagnostic) {
	if !a.Running() || a.run.started.Run != id {
		return
	}
	r, size := a.run, 0
	m := &RunDiagnostics{Run: id, Epoch: a.doc.epoch, Version: r.started.Version}
	for _, d := range list {
		data, err := json.Marshal(d)
		if err != nil || !d.within(r.length) {
			continue
		}
		if size += len(data); size > maxDiagnosticBytes || len(m.List) == maxDiagnostics {
			break
		}
		m.List = append(m.List, d)
	}
	if len(m.List) == 0 {
		return
	}
	r.diagnostics = m
	then, now := &Frame{Message: m}, &Frame{Message: m}
	if late := a.diagnosticsNow(); late != nil {
		now.Message = late
	}
	for _, c := range a.order {
		switch o := a.conns[c]; {
		case !o.joined:
		case o.since > m.Version:
			a.out = append(a.out, Delivery{To: c, Frame: now})
		default:
			a.out = append(a.out, Delivery{To: c, Frame: then})
		}
	}
}

// diagnosticsNow gives the run's diagnostics for those who come now: at the head.
// If the history does not reach back to where they are known, nobody can tell
// where they would be, and there are none.
func (a *Authority) diagnosticsNow() *RunDiagnostics {
	m := a.run.moved
	if m == nil {
		m = a.run.diagnostics
	}
	if m == nil || m.Epoch != a.doc.epoch {
		return nil
	}
	entries, err := a.doc.Since(m.Version)
	switch {
	case err != nil:
		return nil
	case len(entries) == 0:
		return m
	}
	all := entries[0].Changes
	for _, e := range entries[1:] {
		if all, err = all.Compose(e.Changes); err != nil {
			return nil
		}
	}
	// The next who comes need not go through the same entries.
	a.run.moved = m.after(all, a.doc)
	return a.run.moved
}

// after is where the diagnostics are after a change that has led to a document.
// Those whose every place is gone are left out, and those that a suggestion has
// settled; one whose place has been touched otherwise is only to be read.
func (m *RunDiagnostics) after(c ot.ChangeSet, doc *Document) *RunDiagnostics {
	next := &RunDiagnostics{Run: m.Run, Epoch: m.Epoch, Version: doc.version, List: []Diagnostic{}}
	for _, d := range m.List {
		if slices.ContainsFunc(d.Suggestions, func(s Suggestion) bool { return s.madeBy(c, doc.text) }) {
			continue
		}
		var spans []DiagnosticSpan
		for _, s := range d.Spans {
			from, to, ok := movePart(c, s.From, s.To)
			if ok {
				s.From, s.To = from, to
				spans = append(spans, s)
			}
		}
		if len(spans) == 0 {
			continue
		}
		d.Spans, d.Suggestions = spans, slices.Clone(d.Suggestions)
		for i := range d.Suggestions {
			d.Suggestions[i] = d.Suggestions[i].after(c)
		}
		next.List = append(next.List, d)
	}
	return next
}

// madeBy reports whether a change has made, in the text that it led to, what an
// applicable suggestion proposes.
func (s Suggestion) madeBy(c ot.ChangeSet, text ot.Text) bool {
	return s.Applicable && len(s.Edits) > 0 && !slices.ContainsFunc(s.Edits, func(e SuggestedEdit) bool {
		from, err1 := c.MapPos(e.From, -1)
		to, err2 := c.MapPos(e.To, 1)
		if err1 != nil || err2 != nil || !c.Touches(e.From, e.To) {
			return true
		}
		now, err := text.Slice(from, to)
		return err != nil || now != e.Insert
	})
}

func (s Suggestion) after(c ot.ChangeSet) Suggestion {
	s.Edits = slices.Clone(s.Edits)
	for i, e := range s.Edits {
		s.Applicable = s.Applicable && !c.Touches(e.From, e.To)
		s.Edits[i].From, s.Edits[i].To, _ = movePart(c, e.From, e.To)
	}
	return s
}

// movePart moves a part of the text, which does not grow at its ends; not ok if
// it is no longer there.
func movePart(c ot.ChangeSet, from, to int) (newFrom, newTo int, ok bool) {
	newFrom, err := c.MapPos(from, 1)
	if err != nil {
		return 0, 0, false
	}
	newTo, err = c.MapPos(to, -1)
	if err != nil {
		return 0, 0, false
	}
	newTo = max(newFrom, newTo)
	return newFrom, newTo, from == to || newFrom < newTo
}

// within reports whether a diagnostic is about a text of this length, and its
// suggestions are what they should be.
func (d *Diagnostic) within(length int) bool {
	part := func(from, to int) bool { return 0 <= from && from <= to && to <= length }
	for _, s := range d.Spans {
		if !part(s.From, s.To) {
			return false
		}
	}
	for _, s := range d.Suggestions {
		end := 0
		for _, e := range s.Edits {
			if !part(e.From, e.To) || e.From < end {
				return false
			}
			end = e.To
		}
	}
	return len(d.Spans) > 0
}
