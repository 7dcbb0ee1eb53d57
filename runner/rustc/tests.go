package rustc

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// Tests is the standard output of a test harness: what libtest prints for people, of unit
// and integration tests, or of rustdoc's tests. Nothing is asked of the harness, since its
// machine-readable formats need a nightly compiler and replace the text.
//
// Tests that write to the file descriptor itself, and all tests with --nocapture, put
// their bytes between the harness's. The decoder finds a result that such bytes precede in
// its line, and, with one thread, one that they follow; a result whose line they cut
// otherwise is missing if the test passed. What cannot be trusted is in the documentation
// of runner.Test.
type Tests struct {
	// Suite is the file with the root module of the tests.
	Suite string
	// Files are the names of the request's files. A place in one of them is preferred as
	// the place of a failure.
	Files []string
	// List is set if the harness lists its tests instead of running them.
	List bool
}

// Decode begins to read one stream. Each test is found once: a failed one when its output
// is complete.
func (t Tests) Decode(found func(*runner.Test)) runner.Decoder {
	return &testDecoder{Tests: t, found: found, seen: map[string]bool{}, failed: map[string]*runner.Test{}}
}

// maxTestLine is how much of a line is looked at, at its end: the name of a test and its
// result, and whatever stands before them.
const maxTestLine = 8 << 10

type testDecoder struct {
	Tests
	found func(*runner.Test)

	line []byte // the end of a line that is not complete
	long bool   // the beginning of line is missing

	seen   map[string]bool         // tests that were found
	failed map[string]*runner.Test // tests that have failed, whose output may follow
	order  []string                // the names of all that have failed
	bytes  int                     // of the strings of all tests

	// pending is a test whose result has not followed its name in the same line, and
	// guess the result that the lines since then may end with.
	pending *runner.Test
	guess   string
	// current is the failed test whose output is read, listing that the names of the
	// failed tests are.
	current *runner.Test
	output  []byte
	listing bool
}

// Write implements runner.Decoder.
func (d *testDecoder) Write(data []byte) {
	for len(data) > 0 {
		piece, end := data, bytes.IndexByte(data, '\n')
		if end >= 0 {
			piece = data[:end]
		}
		data = data[len(piece):]
		d.hold(piece)
		if end >= 0 {
			data = data[1:]
			d.endLine()
		}
	}
}

// hold adds to the line. What is dropped of it belongs to a test's output at most.
func (d *testDecoder) hold(piece []byte) {
	d.line = append(d.line, piece...)
	if n := len(d.line) - maxTestLine; n > maxTestLine {
		d.capture(d.line[:n])
		d.line, d.long = slices.Delete(d.line, 0, n), true
	}
}

func (d *testDecoder) endLine() {
	d.read(strings.ToValidUTF8(string(bytes.TrimSuffix(d.line, []byte("\r"))), "\ufffd"))
	d.line, d.long = d.line[:0], false
}

// Close implements runner.Decoder.
func (d *testDecoder) Close() {
	if len(d.line) > 0 {
		d.endLine()
	}
	d.flush()
}

// capture adds to the output of the failed test that is read.
func (d *testDecoder) capture(text []byte) {
	if d.current != nil && len(d.output) < runner.MaxTestText {
		d.output = append(d.output, text...)
	}
}

// read reads a line without its end.
func (d *testDecoder) read(line string) {
	plain := withoutColours(line)
	name, section := cutBoth(plain, "---- ", " stdout ----")
	switch {
	case d.List:
		if name, kind, ok := cutLast(plain, ": "); ok && (kind == "test" || kind == "benchmark") && !d.long && d.first(name) {
			d.report(&runner.Test{Name: name, Outcome: runner.TestListed})
		}
	case section && !d.long && d.failed[name] != nil:
		d.endOutput()
		d.current = d.failed[name]
		delete(d.failed, name)
	case plain == "failures:" && !d.long:
		d.settle()
		d.listing = d.current != nil
		d.endOutput()
	case strings.HasPrefix(plain, "test result: ") && !d.long:
		d.flush()
	case d.current != nil:
		d.capture([]byte(line + "\n"))
	case d.listing && strings.HasPrefix(plain, "    "):
		d.result(&runner.Test{Name: plain[4:]}, "FAILED") // if its result was not found
	default:
		d.resultLine(plain)
	}
}

// resultLine reads a line that may have a result: "test NAME ... ok".
func (d *testDecoder) resultLine(line string) {
	rest, ok := strings.CutPrefix(line, "test ")
	name, after, named := strings.Cut(rest, " ... ")
	if !ok || !named || d.long || name == "" {
		// Bytes without a line feed may precede it, but then no result follows later.
		_, rest, ok = cutLast(line, "test ")
		name, after, named = strings.Cut(rest, " ... ")
		if t := newTest(name); ok && named && t.Name != "" && !strings.Contains(t.Name, " ") && outcome(after) != "" {
			d.settle()
			d.result(t, after)
			return
		}
		if name, ok := strings.CutSuffix(line, " --- FAILED"); ok && !d.long { // with --quiet
			d.result(newTest(name), "FAILED")
			return
		}
		d.late(line)
		return
	}
	d.settle()
	t := newTest(name)
	if outcome(after) != "" {
		d.result(t, after)
		return
	}
	d.pending = t
	d.late(after)
}

// late reads a line after a name without a result. Only the last such line ends with the
// result.
func (d *testDecoder) late(line string) {
	switch {
	case d.pending == nil:
	case outcome(line) != "":
		d.result(d.pending, line)
		d.pending, d.guess = nil, ""
	default:
		for _, word := range []string{"ok", "FAILED", "ignored"} {
			if strings.HasSuffix(line, word) {
				d.guess = word
			}
		}
	}
}

// settle ends the wait for a result: the harness has gone on.
func (d *testDecoder) settle() {
	if d.pending != nil && d.guess != "" {
		d.result(d.pending, d.guess)
	}
	d.pending, d.guess = nil, ""
}

// newTest reads a test's name, after which the harness says what the test should do.
func newTest(name string) *runner.Test {
	t := &runner.Test{Name: name}
	for _, should := range []string{"should panic", "compile fail", "compile"} {
		if short, ok := strings.CutSuffix(name, " - "+should); ok {
			t.Name, t.Message = short, should
		}
	}
	return t
}

// outcome returns the outcome that a text begins with, or "" if it is none.
func outcome(text string) runner.TestOutcome {
	word, _, _ := strings.Cut(text, " <")
	switch {
	case word == "ok", strings.HasPrefix(word, "bench: "):
		return runner.TestOK
	case word == "FAILED", strings.HasPrefix(word, "FAILED ("):
		return runner.TestFailed
	case word == "ignored", strings.HasPrefix(text, "ignored, "):
		return runner.TestIgnored
	}
	return ""
}

// first reports whether a name is one that was not seen before and that still counts.
func (d *testDecoder) first(name string) bool {
	if name == "" || d.seen[name] || len(d.seen) >= runner.MaxTests {
		return false
	}
	d.seen[name] = true
	return true
}

// result reports a test, or keeps a failed one until its output is known.
func (d *testDecoder) result(t *runner.Test, text string) {
	if !d.first(t.Name) {
		return
	}
	t.Outcome = outcome(text)
	if _, took, ok := cutLast(strings.TrimSuffix(text, "s>"), " <"); ok {
		if n, err := strconv.ParseFloat(took, 64); err == nil && n >= 0 && n < 1e6 {
			t.Time = time.Duration(n * float64(time.Second))
		}
	}
	switch t.Outcome {
	case runner.TestFailed:
		t.Message = ""
		d.failed[t.Name] = t
		d.order = append(d.order, t.Name)
		return
	case runner.TestIgnored:
		_, t.Message, _ = strings.Cut(text, ", ")
	case runner.TestOK:
		t.Message = ""
	}
	d.report(t)
}

// endOutput completes the failed test whose output was read.
func (d *testDecoder) endOutput() {
	if d.current == nil {
		return
	}
	t := d.current
	// An empty line separates outputs; harnesses begin most with one, too.
	t.Output = strings.Trim(strings.ToValidUTF8(string(d.output), "\ufffd"), "\n")
	t.Place, t.Message = d.failure(t.Output)
	if p := placeInName(t.Name); p != nil {
		t.Place = p // of an example, whose output names a file that rustdoc makes
	}
	d.current, d.output = nil, nil
	d.report(t)
}

// flush completes all failed tests: no output follows.
func (d *testDecoder) flush() {
	d.settle()
	d.endOutput()
	for _, name := range d.order {
		if t := d.failed[name]; t != nil {
			d.report(t)
		}
	}
	d.order, d.listing = nil, false
	clear(d.failed)
}

// report hands over a test, within the bounds.
func (d *testDecoder) report(t *runner.Test) {
	t.Suite = d.Suite
	for _, s := range []*string{&t.Name, &t.Message, &t.Output} {
		if len(*s) > runner.MaxTestText {
			*s = strings.ToValidUTF8((*s)[:runner.MaxTestText], "")
		}
		d.bytes += len(*s)
	}
	if t.Place == nil && t.Outcome == runner.TestFailed {
		t.Place = placeInName(t.Name)
	}
	if d.bytes <= runner.MaxTestBytes {
		d.found(t)
	}
}

// failure finds the place of a failure in a test's output, and the harness's reason.
func (d *testDecoder) failure(output string) (place *runner.Place, message string) {
	known := false
	for line := range strings.Lines(output) {
		line = strings.TrimSuffix(line, "\n")
		note, ok := strings.CutPrefix(line, "note: ")
		if ok && (strings.HasPrefix(note, "test did not panic") || strings.HasPrefix(note, "panic did not")) {
			message = note
		}
		_, at, panicked := strings.Cut(line, " panicked at ")
		if !panicked {
			_, at, panicked = strings.Cut(line, "note: test did not panic as expected at ")
		}
		if p := parsePlace(strings.TrimSuffix(at, ":")); panicked && p != nil && !known {
			if known = slices.Contains(d.Files, p.File); known || place == nil {
				place = p
			}
		}
	}
	return place, message
}

// parsePlace parses FILE:LINE:COLUMN.
func parsePlace(text string) *runner.Place {
	text, column, ok := cutLast(text, ":")
	file, line, both := cutLast(text, ":")
	l, err := strconv.Atoi(line)
	c, err2 := strconv.Atoi(column)
	if !ok || !both || err != nil || err2 != nil || l < 1 || c < 1 || file == "" || len(file) > runner.MaxTestText {
		return nil
	}
	return &runner.Place{File: file, Line: l, Column: c}
}

// placeInName is the place of a test in documentation: "src/lib.rs - add (line 3)".
func placeInName(name string) *runner.Place {
	file, rest, _ := strings.Cut(name, " - ")
	_, line, ok := cutLast(strings.TrimSuffix(rest, ")"), "(line ")
	n, err := strconv.Atoi(line)
	if !ok || err != nil || n < 1 {
		return nil
	}
	return &runner.Place{File: file, Line: n}
}

// cutBoth removes a prefix and a suffix.
func cutBoth(s, prefix, suffix string) (string, bool) {
	s, ok := strings.CutPrefix(s, prefix)
	s, ok2 := strings.CutSuffix(s, suffix)
	return s, ok && ok2
}

// cutLast cuts around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// withoutColours removes the escape sequences of a harness that was asked for colours.
func withoutColours(s string) string {
	if !strings.Contains(s, "\x1b") {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		i := strings.IndexByte(s, '\x1b')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		switch {
		case strings.HasPrefix(s, "(B"):
			s = s[2:]
		case strings.HasPrefix(s, "["):
			n := strings.IndexFunc(s[1:], func(r rune) bool { return r >= '@' && r <= '~' })
			if n < 0 {
				n = len(s) - 2
			}
			s = s[n+2:]
		default:
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		}
	}
	return b.String() + s
}
