package rustc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
	"github.com/google/go-cmp/cmp"
)

// decode reads a stream that comes in these pieces.
func decode(m Messages, pieces ...[]byte) (string, []*runner.Diagnostic) {
	var text bytes.Buffer
	var list []*runner.Diagnostic
	d := m.Decode(func(b []byte) { text.Write(b) }, func(d *runner.Diagnostic) { list = append(list, d) })
	for _, p := range pieces {
		d.Write(p)
	}
	d.Close()
	return text.String(), list
}

const unusedMut = `{"$message_type":"diagnostic","message":"variable does not need to be mutable","code":{"code":"unused_mut","explanation":null},"level":"warning",` +
	`"spans":[{"file_name":"main.rs","byte_start":21,"byte_end":26,"is_primary":true,"label":null,"suggested_replacement":null,"expansion":null}],` +
	`"children":[{"message":"on by default","code":null,"level":"note","spans":[],"children":[],"rendered":null},` +
	`{"message":"remove this ` + "`mut`" + `","code":null,"level":"help","spans":[{"file_name":"main.rs","byte_start":21,"byte_end":25,"is_primary":true,` +
	`"suggested_replacement":"","suggestion_applicability":"MachineApplicable","expansion":null}],"children":[],"rendered":null}],` +
	`"rendered":"warning: variable\n\n"}` + "\n"

// crab has a crab before the place that unusedMut is about.
const crab = "fn a() { /*🦀*/ let mut x; }"

// TestMessageAboutAModule: spans and edits are in any file of the request, by the name that
// the request has for it.
func TestMessageAboutAModule(t *testing.T) {
	t.Parallel()
	m := Messages{Main: "src/main.rs", Source: []byte("mod a;"), Files: []runner.File{{Name: "src/main.rs", Data: []byte("mod a;")}, {Name: "src/a.rs", Data: []byte(crab)}}}
	for _, printed := range []string{"src/a.rs", "src/b/../a.rs", "./src/a.rs"} {
		_, list := decode(m, []byte(strings.ReplaceAll(unusedMut, "main.rs", printed)))
		if len(list) != 1 || len(list[0].Spans) != 1 || list[0].Spans[0].File != "src/a.rs" || list[0].Spans[0].Start.UTF16 != 19 || list[0].Suggestions[0].Edits[0].File != "src/a.rs" {
			t.Errorf("%s: %+v", printed, list)
		}
	}
	for _, printed := range []string{"/rustc/library/core.rs", "src/c.rs", "../src/a.rs"} {
		if _, list := decode(m, []byte(strings.ReplaceAll(unusedMut, "main.rs", printed))); len(list) != 1 || len(list[0].Spans) != 0 || len(list[0].Suggestions) != 0 {
			t.Errorf("%s: %+v", printed, list)
		}
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	text, list := decode(Messages{Main: "main.rs", Source: []byte(crab)}, []byte(unusedMut))
	if text != "warning: variable\n\n" {
		t.Errorf("text %q", text)
	}
	// The crab is four bytes, one character and two code units.
	at := func(byte int) runner.Position {
		return runner.Position{Line: 1, Column: byte - 3 + 1, Byte: byte, UTF16: byte - 2}
	}
	want := []*runner.Diagnostic{{
		Level: runner.LevelWarning, Code: "unused_mut", Message: "variable does not need to be mutable",
		Spans: []runner.Span{{Start: at(21), End: at(26), Primary: true}},
		Notes: []runner.Note{{Level: runner.LevelNote, Message: "on by default"}},
		Suggestions: []runner.Suggestion{{
			Message: "remove this `mut`", Applicability: runner.MachineApplicable,
			Edits: []runner.Edit{{Start: at(21), End: at(25)}},
		}},
	}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

// What is no message comes out as it is; what is one, wherever it begins, as its
// text.
func TestText(t *testing.T) {
	t.Parallel()
	msg := func(rendered string) string {
		return fmt.Sprintf(`{"$message_type":"diagnostic","message":"m","level":"error","spans":[],"children":[],"rendered":%q}`, rendered)
	}
	long := msg(strings.Repeat("x", maxMessage))
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                     {"", ""},
		"plain":                       {"thread 'rustc' panicked\n", "thread 'rustc' panicked\n"},
		"a message":                   {msg("a\n") + "\n", "a\n"},
		"of an old compiler":          {`{"message":"m","code":null,"level":"error","spans":[],"children":[],"rendered":"a"}` + "\n", "a"},
		"behind a macro's":            {"half a line " + msg("a\n") + "\n", "half a line a\n"},
		"between lines":               {"x\n" + msg("a\n") + "\ny\n", "x\na\ny\n"},
		"without rendered":            {`{"$message_type":"diagnostic","rendered":null}` + "\n", `{"$message_type":"diagnostic","rendered":null}` + "\n"},
		"artifacts":                   {`{"$message_type":"artifact","artifact":"x"}` + "\n", `{"$message_type":"artifact","artifact":"x"}` + "\n"},
		"truncated":                   {"x " + msg("a")[:60], "x "},
		"without its line end":        {msg("a"), "a"},
		"two on a line":               {msg("a") + msg("b") + "\n", msg("a") + msg("b") + "\n"},
		"a wrong type":                {`{"$message_type":"diagnostic","message":7,"rendered":"a"}` + "\n", `{"$message_type":"diagnostic","message":7,"rendered":"a"}` + "\n"},
		"an end that may begin":       {"x {\"$mess", "x {\"$mess"},
		"braces":                      {"{{{{\"$", "{{{{\"$"},
		"escapes of half a surrogate": {`{"$message_type":"diagnostic","message":"\ud83e","level":"error","rendered":"\ud83e"}` + "\n", "\uFFFD"},
		"too long":                    {long + "\n" + msg("a") + "\n", long + "\na"},
		"binary":                      {"\xff\x00\xfe\n", "\xff\x00\xfe\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, _ := decode(Messages{Main: "main.rs"}, []byte(c.in))
			if whole != c.want {
				t.Errorf("got %.200q, want %.200q", whole, c.want)
			}
			if len(c.in) < 1000 {
				if single, _ := decode(Messages{Main: "main.rs"}, split(c.in, func() int { return 1 })...); single != c.want {
					t.Errorf("byte by byte: got %.200q, want %.200q", single, c.want)
				}
			}
		})
	}
}

func split(s string, size func() int) [][]byte {
	var pieces [][]byte
	for len(s) > 0 {
		n := min(size(), len(s))
		pieces = append(pieces, []byte(s[:n]))
		s = s[n:]
	}
	return pieces
}

// What a macro prints need not wait for its line to end, nor for anything that
// cannot begin a message.
func TestTextComesAtOnce(t *testing.T) {
	t.Parallel()
	var text []byte
	d := Messages{}.Decode(func(b []byte) { text = append(text, b...) }, func(*runner.Diagnostic) {})
	d.Write([]byte("working {x} "))
	if string(text) != "working {x} " {
		t.Errorf("%q has come", text)
	}
}

// line makes a message whose spans and children are given.
func line(spans, children string) []byte {
	return []byte(`{"$message_type":"diagnostic","message":"m","level":"error","spans":[` + spans + `],"children":[` + children + `],"rendered":"r"}` + "\n")
}

func spanJSON(file string, start, end any, more string) string {
	return fmt.Sprintf(`{"file_name":%q,"byte_start":%v,"byte_end":%v,"is_primary":true%s}`, file, start, end, more)
}

// A place outside of the source, or inside of a character, is none.
func TestSpans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		span string
		want int
	}{
		"in the source":        {spanJSON("main.rs", 0, 28, ""), 1},
		"its end":              {spanJSON("main.rs", len(crab), len(crab), ""), 1},
		"behind it":            {spanJSON("main.rs", 0, len(crab)+1, ""), 0},
		"before it":            {spanJSON("main.rs", -1, 1, ""), 0},
		"backwards":            {spanJSON("main.rs", 3, 2, ""), 0},
		"in a character":       {spanJSON("main.rs", 12, 14, ""), 0},
		"another file":         {spanJSON("/work/main.rs", 0, 1, ""), 0},
		"another, unused":      {spanJSON("/rustc/x.rs", 0, 1, `,"expansion":{"span":`+spanJSON("y.rs", 0, 1, "")+`}`), 0},
		"another's macro":      {spanJSON("/rustc/x.rs", 900, 901, `,"expansion":{"span":`+spanJSON("main.rs", 0, 1, "")+`}`), 1},
		"without a place":      {`{}`, 0},
		"an expansion of null": {spanJSON("x.rs", 0, 1, `,"expansion":{"span":null}`), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, list := decode(Messages{Main: "main.rs", Source: []byte(crab)}, line(c.span, ""))
			if text != "r" || len(list) != 1 || len(list[0].Spans) != c.want {
				t.Errorf("%q, %+v", text, list)
			}
		})
	}
	for _, huge := range []any{"1e99", "99999999999999999999", `"1"`, "1.5"} {
		l := line(spanJSON("main.rs", huge, 1, ""), "")
		if text, list := decode(Messages{Main: "main.rs", Source: []byte(crab)}, l); text != string(l) || len(list) != 0 {
			t.Errorf("%v: %q, %+v", huge, text, list)
		}
	}
}

// A suggestion is all of its edits, or none; alternatives are never applied by a
// machine.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	part := func(start, end int, text, sure string) string {
		return spanJSON("main.rs", start, end, fmt.Sprintf(`,"suggested_replacement":%q,"suggestion_applicability":%q`, text, sure))
	}
	const sure = "MachineApplicable"
	many := strings.Repeat(part(0, 0, "", sure)+",", 65)
	for name, c := range map[string]struct {
		parts []string
		want  []string // applicability and edits, a suggestion an entry
	}{
		"one":                 {[]string{part(0, 2, "x", sure)}, []string{"machine-applicable 0-2 x"}},
		"two parts":           {[]string{part(0, 2, "x", sure), part(3, 3, "y", sure)}, []string{"machine-applicable 0-2 x 3-3 y"}},
		"parts that touch":    {[]string{part(0, 2, "x", sure), part(2, 3, "y", sure)}, []string{"machine-applicable 0-2 x 2-3 y"}},
		"the weaker wins":     {[]string{part(0, 2, "x", sure), part(3, 3, "y", "MaybeIncorrect")}, []string{"maybe-incorrect 0-2 x 3-3 y"}},
		"placeholders":        {[]string{part(0, 2, "x", "HasPlaceholders")}, []string{"has-placeholders 0-2 x"}},
		"unknown":             {[]string{part(0, 2, "x", "Certain")}, []string{"unspecified 0-2 x"}},
		"alternatives":        {[]string{part(0, 0, "a", sure), part(0, 0, "b", sure)}, []string{"maybe-incorrect 0-0 a", "maybe-incorrect 0-0 b"}},
		"alternatives of two": {[]string{part(0, 1, "a", sure), part(2, 3, "b", sure), part(0, 1, "c", sure)}, []string{"maybe-incorrect 0-1 a 2-3 b", "maybe-incorrect 0-1 c"}},
		"overlapping":         {[]string{part(0, 3, "a", sure), part(2, 5, "b", sure)}, []string{"maybe-incorrect 0-3 a", "maybe-incorrect 2-5 b"}},
		"one out of place":    {[]string{part(0, 2, "x", sure), part(99, 99, "y", sure)}, nil},
		"one elsewhere":       {[]string{part(0, 2, "x", sure), spanJSON("lib.rs", 0, 0, `,"suggested_replacement":"y"`)}, nil},
		"one without":         {[]string{part(0, 2, "x", sure), spanJSON("main.rs", 3, 4, "")}, nil},
		"in a macro":          {[]string{spanJSON("main.rs", 0, 2, `,"suggested_replacement":"y","suggestion_applicability":"MachineApplicable","expansion":{"span":null}`)}, nil},
		"too many":            {[]string{strings.TrimSuffix(many, ",")}, nil},
		"too much":            {[]string{part(0, 2, strings.Repeat("x", runner.MaxDiagnosticText+1), sure)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, list := decode(Messages{Main: "main.rs", Source: []byte(crab)}, line("", `{"message":"do","level":"help","spans":[`+strings.Join(c.parts, ",")+`]}`))
			if len(list) != 1 {
				t.Fatalf("%d diagnostics", len(list))
			}
			var got []string
			for _, s := range list[0].Suggestions {
				text := string(s.Applicability)
				for _, e := range s.Edits {
					text += fmt.Sprintf(" %d-%d %s", e.Start.Byte, e.End.Byte, e.Replacement)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("suggestions (-want +got):\n%s", diff)
			}
			if len(c.want) == 0 && (len(list[0].Notes) != 1 || list[0].Notes[0].Message != "do") {
				t.Errorf("it is not even said: %+v", list[0])
			}
		})
	}
}

// A stream of messages of every size stays within the bounds, and its text is
// whole.
func TestBounds(t *testing.T) {
	t.Parallel()
	many := bytes.Repeat(line("", ""), 2*runner.MaxDiagnostics)
	text, list := decode(Messages{Main: "main.rs"}, many)
	if len(text) != 2*runner.MaxDiagnostics || len(list) != runner.MaxDiagnostics {
		t.Errorf("%d bytes, %d diagnostics", len(text), len(list))
	}
	wide := line(strings.TrimSuffix(strings.Repeat(spanJSON("main.rs", 0, 0, "")+",", 1000), ","), "")
	text, list = decode(Messages{Main: "main.rs"}, bytes.Repeat(wide, runner.MaxDiagnostics))
	total := 0
	for _, d := range list {
		total += sizeOf(d)
		if len(d.Spans) != runner.MaxDiagnosticParts {
			t.Fatalf("%d spans", len(d.Spans))
		}
	}
	if len(text) != runner.MaxDiagnostics || len(list) == 0 || total > runner.MaxDiagnosticBytes {
		t.Errorf("%d bytes, %d diagnostics of %d", len(text), len(list), total)
	}
	long := strings.Repeat("é", runner.MaxDiagnosticText)
	_, list = decode(Messages{}, []byte(`{"$message_type":"diagnostic","message":"`+long+`","level":"error","rendered":""}`+"\n"))
	if got := list[0].Message; len(got) > runner.MaxDiagnosticText || !utf8.ValidString(got) || !strings.HasSuffix(got, "é…") {
		t.Errorf("a message of %d bytes that ends with %q", len(got), got[len(got)-6:])
	}
	deep := strings.Repeat(`{"file_name":"x","expansion":{"span":`, 4000) + `null` + strings.Repeat(`}}`, 4000)
	if _, list := decode(Messages{Main: "main.rs"}, line(deep, "")); len(list) != 1 || len(list[0].Spans) != 0 {
		t.Errorf("deep: %d", len(list))
	}
}

// An element of three bytes does not cost what one in memory takes: a list is not
// read beyond its bound.
func TestLongListsAreNotHeld(t *testing.T) {
	wide := line(strings.Repeat("{},", maxMessage/4)+"{}", "")
	var m message
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(wide, &m); err != nil {
				b.Fatal(err)
			}
		}
	})
	if got := r.AllocedBytesPerOp(); got > 2*int64(len(wide)) {
		t.Errorf("a line of %d bytes takes %d", len(wide), got)
	}
}

// Every position is right in every unit, by counting.
func TestPositions(t *testing.T) {
	t.Parallel()
	rng := testseed.Rand(t)
	var b strings.Builder
	for b.Len() < 5000 {
		b.WriteString([]string{"a", "é", "🦀", "\n", "\r\n", "\ufeff", strings.Repeat("x", 300)}[rng.IntN(7)])
	}
	text := b.String()
	p := positions{text: []byte(text)}
	for i := range len(text) + 1 {
		got, _, ok := p.between(i, i)
		if boundary := i == len(text) || utf8.RuneStart(text[i]); ok != boundary {
			t.Fatalf("offset %d: %v", i, ok)
		} else if !ok {
			continue
		}
		last := text[strings.LastIndexByte(text[:i], '\n')+1 : i]
		want := runner.Position{
			Line: strings.Count(text[:i], "\n") + 1, Column: utf8.RuneCountInString(last) + 1,
			Byte: i, UTF16: len(utf16.Encode([]rune(text[:i]))),
		}
		if got != want {
			t.Fatalf("offset %d is %+v, want %+v", i, got, want)
		}
	}
}

// FuzzMessages: whatever comes, in whatever pieces, nothing panics, the pieces do
// not matter, and what is found is as runner.Diagnostic promises.
func FuzzMessages(f *testing.F) {
	f.Add([]byte(unusedMut), []byte(crab), 7)
	f.Add([]byte("x {\"$message_type\":\"diagnostic\",\n{\"message\":\"\n"), []byte("\xff\x80"), 1)
	f.Add(line(spanJSON("x.rs", 0, 1, `,"expansion":{"span":`+spanJSON("main.rs", 0, 4, `,"label":"l"`)+`}`), `{"message":"do","level":"help","spans":[`+spanJSON("main.rs", 1, 1, `,"suggested_replacement":"y"`)+`]}`), []byte("é\n🦀"), 3)
	f.Fuzz(func(t *testing.T, stream, text []byte, size int) {
		m := Messages{Main: "main.rs", Source: text}
		whole, list := decode(m, stream)
		cut, again := decode(m, split(string(stream), func() int { return 1 + size&0xff })...)
		if whole != cut || !cmp.Equal(list, again) {
			t.Fatalf("%q in pieces is %q", whole, cut)
		}
		if !bytes.Contains(stream, []byte(`{"`)) && whole != string(stream) {
			t.Fatalf("%q has become %q", stream, whole)
		}
		if len(list) > runner.MaxDiagnostics {
			t.Fatalf("%d diagnostics", len(list))
		}
		total := 0
		for _, d := range list {
			total += sizeOf(d)
			checkDiagnostic(t, d, text)
		}
		if total > runner.MaxDiagnosticBytes {
			t.Fatalf("diagnostics of %d bytes", total)
		}
	})
}

func checkDiagnostic(t *testing.T, d *runner.Diagnostic, text []byte) {
	t.Helper()
	between := func(a, b runner.Position) {
		if a.Byte < 0 || b.Byte < a.Byte || b.Byte > len(text) || a.UTF16 > b.UTF16 || b.UTF16 > len(text) || a.Line < 1 || a.Column < 1 {
			t.Fatalf("%+v to %+v in %q", a, b, text)
		}
	}
	says := func(s string) {
		if !utf8.ValidString(s) || len(s) > runner.MaxDiagnosticText {
			t.Fatalf("text %q", s)
		}
	}
	spans := func(list []runner.Span) {
		for _, s := range list {
			between(s.Start, s.End)
			says(s.Label)
		}
	}
	says(d.Message)
	says(d.Code)
	spans(d.Spans)
	for _, n := range d.Notes {
		says(n.Message)
		spans(n.Spans)
	}
	for _, s := range d.Suggestions {
		says(s.Message)
		for i, e := range s.Edits {
			between(e.Start, e.End)
			says(e.Replacement)
			if i > 0 && e.Start.Byte < s.Edits[i-1].End.Byte {
				t.Fatalf("edits overlap: %+v", s.Edits)
			}
		}
	}
}
