package rustc

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// message is a line of the compiler's JSON, as far as it is read
// (doc.rust-lang.org/rustc/json.html).
type message struct {
	Message string `json:"message"`
	Code    *struct {
		Code string `json:"code"`
	} `json:"code"`
	Level    string     `json:"level"`
	Spans    few[span]  `json:"spans"`
	Children few[child] `json:"children"`
	Rendered *string    `json:"rendered"`
}

// child is a note below a message, or a suggestion: then its spans have
// replacements.
type child struct {
	Message string    `json:"message"`
	Level   string    `json:"level"`
	Spans   few[span] `json:"spans"`
}

// span is a part of a file; the offsets count its bytes.
type span struct {
	File          string  `json:"file_name"`
	Start         int     `json:"byte_start"`
	End           int     `json:"byte_end"`
	Primary       bool    `json:"is_primary"`
	Label         string  `json:"label"`
	Replacement   *string `json:"suggested_replacement"`
	Applicability string  `json:"suggestion_applicability"`
	Expansion     *struct {
		Span *span `json:"span"`
	} `json:"expansion"`
}

// few is the beginning of a list, however long that is: an element of three bytes
// must not cost a hundred.
type few[T any] struct {
	list []T
	more bool
}

// UnmarshalJSON implements json.Unmarshaler. What comes is known to be valid JSON.
func (f *few[T]) UnmarshalJSON(data []byte) error {
	f.list, f.more = nil, false
	dec := json.NewDecoder(strings.NewReader(string(data)))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return err // null, or no list: there is nothing in it
	}
	for dec.More() {
		if len(f.list) == runner.MaxDiagnosticParts {
			f.more = true
			return nil
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return err
		}
		f.list = append(f.list, v)
	}
	return nil
}

// reader converts the compiler's messages about the files of a request to diagnostics.
type reader struct {
	main  string
	files map[string]*textFile // by the path that the compiler prints
	count int
	bytes int
}

// textFile is a file of the request; name is "" for the main file.
type textFile struct {
	name string
	positions
}

func newReader(m Messages) reader {
	r := reader{main: m.Main, files: make(map[string]*textFile, len(m.Files)+1)}
	for _, f := range m.Files {
		r.files[f.Name] = &textFile{f.Name, positions{text: f.Data}}
	}
	r.files[m.Main] = &textFile{"", positions{text: m.Source}}
	return r
}

// file returns the file that a span is in, nil if the request does not have it. The
// compiler prints the path by which a module was found, such as "a/../b.rs".
func (r *reader) file(s *span) *textFile {
	if f := r.files[s.File]; f != nil {
		return f
	}
	return r.files[path.Clean(s.File)]
}

// message decodes one line. It returns the rendered text, and the diagnostic, which is
// nil if there is none or it exceeds the bounds. ok is false if the line is not a message.
func (r *reader) message(line []byte) (rendered string, d *runner.Diagnostic, ok bool) {
	var m message
	if json.Unmarshal(line, &m) != nil || m.Rendered == nil {
		return "", nil, false
	}
	level, known := levels[m.Level]
	if !known || r.count >= runner.MaxDiagnostics {
		return *m.Rendered, nil, true
	}
	d = &runner.Diagnostic{Level: level, Message: cut(m.Message), Spans: r.spans(m.Spans.list)}
	if m.Code != nil {
		d.Code = cut(m.Code.Code)
	}
	for _, c := range m.Children.list {
		r.child(d, c)
	}
	size := sizeOf(d)
	if r.bytes+size > runner.MaxDiagnosticBytes {
		return *m.Rendered, nil, true
	}
	r.count, r.bytes = r.count+1, r.bytes+size
	return *m.Rendered, d, true
}

var levels = map[string]runner.Level{
	"error": runner.LevelError, "error: internal compiler error": runner.LevelError, "warning": runner.LevelWarning,
	"note": runner.LevelNote, "help": runner.LevelHelp, "failure-note": runner.LevelFailureNote,
}

// child adds a child of a message. A suggestion that cannot be applied to the request's files
// becomes a note, to keep its text.
func (r *reader) child(d *runner.Diagnostic, c child) {
	level, known := levels[c.Level]
	if !known {
		return
	}
	if slices.ContainsFunc(c.Spans.list, func(s span) bool { return s.Replacement != nil }) {
		if found := r.suggestions(c); len(found) > 0 {
			room := runner.MaxDiagnosticParts - len(d.Suggestions)
			d.Suggestions = append(d.Suggestions, found[:min(len(found), room)]...)
			return
		}
		c.Spans.list = nil
	}
	d.Notes = append(d.Notes, runner.Note{Level: level, Message: cut(c.Message), Spans: r.spans(c.Spans.list)})
}

// suggestions reads a child with replacements. The compiler flattens alternatives
// into one list, in which each has its parts in order; a part that does not lie
// after the previous one begins the next alternative. Alternatives are never applicable
// automatically, even if the compiler marks them so.
func (r *reader) suggestions(c child) []runner.Suggestion {
	if c.Spans.more {
		return nil
	}
	next := func() runner.Suggestion {
		return runner.Suggestion{Message: cut(c.Message), Applicability: runner.MachineApplicable}
	}
	var list []runner.Suggestion
	current := next()
	for _, s := range c.Spans.list {
		e, ok := r.edit(s)
		if !ok {
			return nil
		}
		if !behind(e, current.Edits) {
			list = append(list, current)
			current = next()
		}
		current.Edits = append(current.Edits, e)
		current.Applicability = weaker(current.Applicability, applicabilities[s.Applicability])
	}
	list = append(list, current)
	if len(list) > 1 {
		for i := range list {
			list[i].Applicability = weaker(list[i].Applicability, runner.MaybeIncorrect)
		}
	}
	return list
}

// behind reports whether an edit lies behind all others of its file, and not in their place.
func behind(e runner.Edit, before []runner.Edit) bool {
	return !slices.ContainsFunc(before, func(b runner.Edit) bool {
		return b.File == e.File && (e.Start.Byte < b.End.Byte || e.Start.Byte <= b.Start.Byte)
	})
}

var applicabilities = map[string]runner.Applicability{
	"MachineApplicable": runner.MachineApplicable, "MaybeIncorrect": runner.MaybeIncorrect,
	"HasPlaceholders": runner.HasPlaceholders,
}

// weaker is the less certain of two.
func weaker(a, b runner.Applicability) runner.Applicability {
	order := []runner.Applicability{runner.MachineApplicable, runner.MaybeIncorrect, runner.HasPlaceholders}
	i, j := slices.Index(order, a), slices.Index(order, b)
	if i < 0 || j < 0 {
		return runner.Unspecified
	}
	return order[max(i, j)]
}

// edit reads a replacement in a file of the request. One that comes from a macro's
// expansion would change what the macro means everywhere, and is none.
func (r *reader) edit(s span) (runner.Edit, bool) {
	if s.Replacement == nil || s.Expansion != nil || len(*s.Replacement) > runner.MaxDiagnosticText {
		return runner.Edit{}, false
	}
	f := r.file(&s)
	if f == nil {
		return runner.Edit{}, false
	}
	start, end, ok := f.between(s.Start, s.End)
	return runner.Edit{File: f.name, Start: start, End: end, Replacement: *s.Replacement}, ok
}

// spans reads those that are in files of the request, directly or by the macros that
// were used there.
func (r *reader) spans(list []span) []runner.Span {
	var spans []runner.Span
	for _, s := range list {
		at := &s
		for r.file(at) == nil && at.Expansion != nil && at.Expansion.Span != nil {
			at = at.Expansion.Span
		}
		f := r.file(at)
		if f == nil {
			continue
		}
		if start, end, ok := f.between(at.Start, at.End); ok {
			spans = append(spans, runner.Span{File: f.name, Start: start, End: end, Primary: s.Primary, Label: cut(s.Label)})
		}
	}
	return spans
}

// cut bounds a string.
func cut(s string) string {
	if len(s) <= runner.MaxDiagnosticText {
		return s
	}
	const mark = "…"
	n := runner.MaxDiagnosticText - len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}

// sizeOf is what a diagnostic counts for.
func sizeOf(d *runner.Diagnostic) int {
	const part = 64
	n := part + len(d.Code) + len(d.Message)
	spans := func(list []runner.Span) {
		for _, s := range list {
			n += 2*part + len(s.File) + len(s.Label)
		}
	}
	spans(d.Spans)
	for _, c := range d.Notes {
		n += part + len(c.Message)
		spans(c.Spans)
	}
	for _, s := range d.Suggestions {
		n += part + len(s.Message)
		for _, e := range s.Edits {
			n += 2*part + len(e.File) + len(e.Replacement)
		}
	}
	return n
}
