package runs

import (
	"encoding/json"
	"slices"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Bounds of a run's diagnostics: how many, and their JSON in bytes. Diagnostics above
// them are left out.
const (
	maxDiagnostics     = 256
	maxDiagnosticBytes = 256 << 10
)

// Document is the text of a session with the last part of its log.
type Document interface {
	Epoch() wire.Epoch
	Version() wire.Version
	Text() ot.Text
	// Since gives the entries that lead from a version to the head.
	Since(wire.Version) ([]wire.Entry, error)
}

// Diagnose keeps the compiler's diagnostics and gives them as a message, nil if none is
// left: those that do not lie in the text that runs are left out.
func (s *State) Diagnose(epoch wire.Epoch, list []wire.Diagnostic) *wire.RunDiagnostics {
	m, size := &wire.RunDiagnostics{Run: s.started.Run, Epoch: epoch, Version: s.started.Version}, 0
	for _, d := range list {
		data, err := json.Marshal(d)
		if err != nil || !within(d, s.length) {
			continue
		}
		if size += len(data); size > maxDiagnosticBytes || len(m.List) == maxDiagnostics {
			break
		}
		m.List = append(m.List, d)
	}
	if len(m.List) == 0 {
		return nil
	}
	s.diagnostics = m
	return m
}

// DiagnosticsAt gives the diagnostics at the head of the document, for clients that join
// now. It gives nil if the history does not reach back to the version that they were
// known at.
func (s *State) DiagnosticsAt(doc Document) *wire.RunDiagnostics {
	m := s.moved
	if m == nil {
		m = s.diagnostics
	}
	if m == nil || m.Epoch != doc.Epoch() {
		return nil
	}
	entries, err := doc.Since(m.Version)
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
	s.moved = after(m, all, doc) // the next call need not go through the same entries
	return s.moved
}

// after moves diagnostics through a change that led to the document. Diagnostics whose
// places are all gone are left out, and so are those that a suggestion has settled. A
// suggestion whose place was touched otherwise is no longer applicable.
func after(m *wire.RunDiagnostics, c ot.ChangeSet, doc Document) *wire.RunDiagnostics {
	next := &wire.RunDiagnostics{Run: m.Run, Epoch: m.Epoch, Version: doc.Version(), List: []wire.Diagnostic{}}
	for _, d := range m.List {
		if slices.ContainsFunc(d.Suggestions, func(s wire.Suggestion) bool { return made(s, c, doc.Text()) }) {
			continue
		}
		var spans []wire.DiagnosticSpan
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
			d.Suggestions[i] = suggestionAfter(d.Suggestions[i], c)
		}
		next.List = append(next.List, d)
	}
	return next
}

// made reports whether a change has made, in the text that it led to, what an
// applicable suggestion proposes.
func made(s wire.Suggestion, c ot.ChangeSet, text ot.Text) bool {
	return s.Applicable && len(s.Edits) > 0 && !slices.ContainsFunc(s.Edits, func(e wire.SuggestedEdit) bool {
		from, err1 := c.MapPos(e.From, -1)
		to, err2 := c.MapPos(e.To, 1)
		if err1 != nil || err2 != nil || !c.Touches(e.From, e.To) {
			return true
		}
		now, err := text.Slice(from, to)
		return err != nil || now != e.Insert
	})
}

func suggestionAfter(s wire.Suggestion, c ot.ChangeSet) wire.Suggestion {
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
func within(d wire.Diagnostic, length int) bool {
	part := func(file wire.FileID, from, to int) bool {
		return file == wire.MainFile && 0 <= from && from <= to && to <= length
	}
	for _, s := range d.Spans {
		if !part(s.File, s.From, s.To) {
			return false
		}
	}
	for _, s := range d.Suggestions {
		end := 0
		for _, e := range s.Edits {
			if !part(e.File, e.From, e.To) || e.From < end {
				return false
			}
			end = e.To
		}
	}
	return len(d.Spans) > 0
}
