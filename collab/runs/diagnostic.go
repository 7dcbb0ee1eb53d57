package runs

import (
	"encoding/json"
	"slices"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Bounds of a run's diagnostics: how many, and their JSON in bytes. Diagnostics above
// them are left out.
const (
	maxDiagnostics     = 256
	maxDiagnosticBytes = 256 << 10
)

// Document is the files of a session with the last part of their log.
type Document interface {
	Epoch() wire.Epoch
	Version() wire.Version
	Files() files.Set
	// Since gives the entries that lead from a version to the head.
	Since(wire.Version) ([]wire.Entry, error)
}

// Diagnose keeps the compiler's diagnostics and gives them as a message, nil if none is
// left: those that do not lie in the files that run are left out.
func (s *State) Diagnose(epoch wire.Epoch, list []wire.Diagnostic) *wire.RunDiagnostics {
	m, size := &wire.RunDiagnostics{Run: s.started.Run, Epoch: epoch, Version: s.started.Version}, 0
	for _, d := range list {
		data, err := json.Marshal(d)
		if err != nil || !within(d, s.lengths) {
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
	since := moves{}
	for i := range entries {
		if err := since.add(&entries[i]); err != nil {
			return nil
		}
	}
	s.moved = after(m, since, doc) // the next call need not go through the same entries
	return s.moved
}

// moves are the changes of texts since a version, by file. A file that was deleted has
// none, and is gone, also if it was created again.
type moves map[wire.FileID]*move

type move struct {
	changes ot.ChangeSet
	gone    bool
}

func (m moves) add(e *wire.Entry) (err error) {
	before := m[e.File]
	switch {
	case e.Op != nil && e.Op.Do != wire.RenameFile:
		m[e.File] = &move{gone: true}
	case e.Op != nil || before != nil && before.gone:
	case before == nil:
		m[e.File] = &move{changes: e.Changes}
	default:
		before.changes, err = before.changes.Compose(e.Changes)
	}
	return err
}

// part moves a part of a file's text, which does not grow at its ends; not ok if it is no
// longer there.
func (m moves) part(file wire.FileID, from, to int) (newFrom, newTo int, ok bool) {
	switch c := m[file]; {
	case c == nil:
		return from, to, true
	case c.gone:
		return 0, 0, false
	default:
		return movePart(c.changes, from, to)
	}
}

// touches reports whether a part of a file's text was changed.
func (m moves) touches(file wire.FileID, from, to int) bool {
	c := m[file]
	return c != nil && (c.gone || c.changes.Touches(from, to))
}

// after moves diagnostics through changes that led to the document. Diagnostics whose
// places are all gone are left out, and so are those that a suggestion has settled. A
// suggestion whose place was touched otherwise is no longer applicable.
func after(m *wire.RunDiagnostics, since moves, doc Document) *wire.RunDiagnostics {
	next := &wire.RunDiagnostics{Run: m.Run, Epoch: m.Epoch, Version: doc.Version(), List: []wire.Diagnostic{}}
	for _, d := range m.List {
		if slices.ContainsFunc(d.Suggestions, func(s wire.Suggestion) bool { return made(s, since, doc.Files()) }) {
			continue
		}
		var spans []wire.DiagnosticSpan
		for _, s := range d.Spans {
			from, to, ok := since.part(s.File, s.From, s.To)
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
			d.Suggestions[i] = suggestionAfter(d.Suggestions[i], since)
		}
		next.List = append(next.List, d)
	}
	return next
}

// made reports whether changes have made, in the files that they led to, what an
// applicable suggestion proposes.
func made(s wire.Suggestion, since moves, set files.Set) bool {
	return s.Applicable && len(s.Edits) > 0 && !slices.ContainsFunc(s.Edits, func(e wire.SuggestedEdit) bool {
		c := since[e.File]
		f, ok := set.Get(e.File)
		if c == nil || c.gone || !ok || !c.changes.Touches(e.From, e.To) {
			return true
		}
		from, err1 := c.changes.MapPos(e.From, -1)
		to, err2 := c.changes.MapPos(e.To, 1)
		if err1 != nil || err2 != nil {
			return true
		}
		now, err := f.Text.Slice(from, to)
		return err != nil || now != e.Insert
	})
}

func suggestionAfter(s wire.Suggestion, since moves) wire.Suggestion {
	s.Edits = slices.Clone(s.Edits)
	for i, e := range s.Edits {
		s.Applicable = s.Applicable && !since.touches(e.File, e.From, e.To)
		s.Edits[i].From, s.Edits[i].To, _ = since.part(e.File, e.From, e.To)
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

// within reports whether a diagnostic is about files of these lengths, and its suggestions
// are what they should be: the edits of each file in order.
func within(d wire.Diagnostic, lengths map[wire.FileID]int) bool {
	part := func(file wire.FileID, from, to int) bool {
		length, ok := lengths[file]
		return ok && 0 <= from && from <= to && to <= length
	}
	for _, s := range d.Spans {
		if !part(s.File, s.From, s.To) {
			return false
		}
	}
	for _, s := range d.Suggestions {
		end := map[wire.FileID]int{}
		for _, e := range s.Edits {
			if !part(e.File, e.From, e.To) || e.From < end[e.File] {
				return false
			}
			end[e.File] = e.To
		}
	}
	return len(d.Spans) > 0
}
