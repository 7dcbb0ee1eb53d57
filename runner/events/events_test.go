package events

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// printed returns what is emitted for pieces of a program's output: text, and the
// bytes that are not UTF-8.
func printed(t *testing.T, pieces []string) (text []string, foreign [][]byte) {
	t.Helper()
	var out bytes.Buffer
	c := NewEncoder(func(e Event) { out.Write(e.Line()) })
	for _, piece := range pieces {
		c.Event(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte(piece)})
	}
	c.Event(runner.Event{Kind: runner.KindStageEnd, Stage: runner.StageRun, Ended: &runner.Stage{}})
	dec := json.NewDecoder(&out)
	for {
		var e Event
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Event == string(runner.KindStageEnd) {
			return text, foreign
		}
		if e.Base64 != nil {
			foreign = append(foreign, e.Base64)
			continue
		}
		text = append(text, e.Text)
	}
}

// A stream that is UTF-8 is emitted as text, wherever it is cut.
func TestJSONTextAtEveryCut(t *testing.T) {
	t.Parallel()
	const s = "aé世🦀\u0301z\U0010ffff"
	for i := range len(s) + 1 {
		for j := i; j <= len(s); j++ {
			text, foreign := printed(t, []string{s[:i], s[i:j], s[j:]})
			if got := string(bytes.Join(toBytes(text), nil)); got != s || foreign != nil {
				t.Errorf("cut at %d and %d: text %q, bytes %q", i, j, text, foreign)
			}
		}
	}
}

func toBytes(list []string) [][]byte {
	var out [][]byte
	for _, s := range list {
		out = append(out, []byte(s))
	}
	return out
}

// Output that is not UTF-8 is emitted as bytes. No byte is lost, and a byte waits only
// for the rest of its character.
func TestJSONKeepsBytesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pieces  []string
		text    []string
		foreign []string
	}{
		{[]string{"\xff"}, nil, []string{"\xff"}},
		{[]string{"a\xff"}, nil, []string{"a\xff"}},
		{[]string{"a\xe4"}, []string{"a"}, []string{"\xe4"}},                      // never whole
		{[]string{"\xe4", "b"}, nil, []string{"\xe4b"}},                           // another began
		{[]string{"\x80\x80\x80\x80\x80"}, nil, []string{"\x80\x80\x80\x80\x80"}}, // never began
		{[]string{"\xf0\x9f", "\xa6", "\x80"}, []string{"🦀"}, nil},
		{[]string{"\xed\xa0\x80"}, nil, []string{"\xed\xa0\x80"}}, // half a pair
		{[]string{"\xff\xe4", "\xb8\x96"}, []string{"世"}, []string{"\xff"}},
	} {
		text, foreign := printed(t, tt.pieces)
		if !slices.Equal(text, tt.text) || !slices.EqualFunc(foreign, tt.foreign, func(b []byte, s string) bool { return string(b) == s }) {
			t.Errorf("%q: text %q, bytes %q", tt.pieces, text, foreign)
		}
	}
}
