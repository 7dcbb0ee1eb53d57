package view

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

// The messages are those of rustc 1.95 and of a nightly 1.97 for testdata/asm/std.rs,
// with -C remark="inline loop-vectorize prologepilog stack-frame-layout".
func TestRemarksOfRustc(t *testing.T) {
	t.Parallel()
	messages, err := os.ReadFile(filepath.Join("testdata", "remarks", "messages.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]RemarkOptions{
		"remarks.user": {Names: Short, Files: []string{"main.rs"}, Dir: "/work"},
		"remarks.all":  {Files: []string{"main.rs"}, Dir: "/work", Library: true},
	} {
		var b strings.Builder
		for _, r := range Remarks(messages, o).Remarks {
			fmt.Fprintf(&b, "%s:%d:%d %v %s %s %q ×%d\n%s\n", r.File, r.Line, r.Column, r.User, r.Pass, r.Kind, r.Function, r.Count, r.Message)
		}
		golden(t, name, b.String())
	}
}

func note(message string) string {
	text, _ := json.Marshal(map[string]string{"level": "note", "message": message})
	return string(text) + "\n"
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	o := RemarkOptions{Names: Short, Files: []string{"src/main.rs"}, Library: true}
	for name, tt := range map[string]struct {
		in   string
		want []Remark
	}{
		"nothing":         {"", []Remark{}},
		"other messages":  {"{\"level\":\"warning\",\"message\":\"src/main.rs:1:2 inline (success): a\"}\n" + note("unused") + "plain text\n{\n", []Remark{}},
		"no line end":     {strings.TrimSuffix(note("src/main.rs:1:2 p (success): a"), "\n"), []Remark{{Passed, "p", "", "src/main.rs", true, 1, 2, "a", 1}}},
		"repeated":        {strings.Repeat(note("src/main.rs:1:2 p (missed): a"), 3), []Remark{{Missed, "p", "", "src/main.rs", true, 1, 2, "a", 3}}},
		"an unknown kind": {note("src/main.rs:1:2 p (other words): a"), []Remark{}},
		"an unknown file": {note("<unknown file>:0:0 size-info (analysis): from 1 to 2"), []Remark{{Analysis, "size-info", "", "", false, 0, 0, "from 1 to 2", 1}}},
		"an odd path":     {note("/a b/c:d.rs:1:2 p (floating-point): (a): b"), []Remark{{Analysis, "p", "", "/a b/c:d.rs", false, 1, 2, "(a): b", 1}}},
		"no place":        {note("p (success): a") + note("a:b:c p (success): a") + note("f:1 p (success): a"), []Remark{}},
		"a function": {note("src/main.rs:1:2 inline (success): '_RNvC1a1b' inlined into '_RNvC1a1c' with (cost=5) at callsite _RNvC1a1c:1:2;"),
			[]Remark{{Passed, "inline", "a::c", "src/main.rs", true, 1, 2, "'a::b' inlined into 'a::c' with (cost=5) at callsite a::c:1:2", 1}}},
		"the user's first": {note("/rustc/0/src/main.rs:1:1 p (success): a") + note("src/main.rs:9:1 p (success): a") + note("src/main.rs:2:3 p (success): a"), []Remark{
			{Passed, "p", "", "src/main.rs", true, 2, 3, "a", 1}, {Passed, "p", "", "src/main.rs", true, 9, 1, "a", 1}, {Passed, "p", "", "/rustc/0/src/main.rs", false, 1, 1, "a", 1}}},
		"control characters": {note("src/main.rs:1:2 p\x1b (success): \x1b[31ma\u202e"), []Remark{{Passed, "p␛", "", "src/main.rs", true, 1, 2, "␛[31ma\ufffd", 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, Remarks([]byte(tt.in), o).Remarks); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRemarksAreLimited(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range MaxRemarks + 5 {
		b.WriteString(note(fmt.Sprintf("main.rs:%d:1 p (success): a", i+1)))
	}
	l := Remarks([]byte(b.String()), RemarkOptions{Files: []string{"main.rs"}})
	if len(l.Remarks) != MaxRemarks || !slices.Contains(l.Notices, NoticeManyRemarks) {
		t.Errorf("%d remarks, notices %q", len(l.Remarks), l.Notices)
	}
	long := Remarks([]byte(note("main.rs:1:1 p (success): "+strings.Repeat("a", 2*MaxText))), RemarkOptions{Files: []string{"main.rs"}})
	if n := len(long.Remarks[0].Message); n > MaxText {
		t.Errorf("a message of %d bytes", n)
	}
}

func FuzzRemarksBudget(f *testing.F) {
	for _, unit := range []string{"a", ":", "1", " (", "): ", "_R", "{", "\n", note("main.rs:1:1 p (success): a"), "\\u001b"} {
		f.Add("{\"level\":\"note\",\"message\":\"main.rs:1:1 p (success): ", unit, "\"}")
		f.Add("", unit, "")
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		text := []byte(testbudget.Fill(head, unit, tail))
		testbudget.Check(t, len(text), func() { Remarks(text, RemarkOptions{Names: Short, Library: true}) })
	})
}
