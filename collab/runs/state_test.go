package runs_test

import (
	"bytes"
	"github.com/corust-dev/corust/collab/files"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// started is a run under way.
func started(t *testing.T) *runs.State {
	t.Helper()
	s, err := runs.Start(wire.RunStarted{Run: "r", By: "a"}, "", files.Main(ot.Text{}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// output puts together what a person has seen of a stream, by offset.
func output(t testing.TB, pieces []*wire.RunOutput, stream wire.Stream) string {
	t.Helper()
	var b bytes.Buffer
	for _, o := range pieces {
		if o.Stream != stream {
			continue
		}
		if o.Offset != int64(b.Len()) {
			t.Errorf("%s at %d comes behind %d bytes", stream, o.Offset, b.Len())
		}
		b.Write(o.Data)
	}
	return b.String()
}

// TestManyOutputs: output is bounded, and a program that prints byte by byte is
// kept in few pieces.
func TestManyOutputs(t *testing.T) {
	t.Parallel()
	s := started(t)
	var told []*wire.RunOutput
	for range 20_000 {
		told = append(told, s.Output("stdout", []byte("x")).(*wire.RunOutput))
	}
	s.Output("stderr", make([]byte, 3<<20))
	st := s.Snapshot()
	if len(st.Output) > 8 {
		t.Errorf("20,000 bytes are kept in %d pieces", len(st.Output))
	}
	if n := len(output(t, st.Output, "stderr")); n != 1<<20 {
		t.Errorf("%d bytes of stderr", n)
	}
	if n := len(output(t, st.Output, "stdout")); n != 20_000 {
		t.Errorf("%d bytes of stdout", n)
	}
	output(t, told, "stdout")
	if m := s.Output("stderr", []byte("x")); m != nil {
		t.Errorf("above the bound, told %+v", m)
	}
}

// TestAlternatingStreams: a program that prints a byte on one stream and a byte
// on the other, and people who type a byte each in turn, do not make what late
// ones are told larger than it needs to be; no byte of the program is missing.
func TestAlternatingStreams(t *testing.T) {
	t.Parallel()
	s := started(t)
	const n = 5_000
	for i := range n {
		s.Output("stdout", []byte("o"))
		s.Output("stderr", []byte("e"))
		if _, err := s.Input([]wire.ClientID{"a", "b"}[i%2], []byte("i"), false, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Snapshot()
	if len(st.Output) > 2100 {
		t.Errorf("%d bytes are kept in %d pieces", 3*n, len(st.Output))
	}
	for _, stream := range []wire.Stream{wire.StreamStdout, wire.StreamStderr} {
		if got := len(output(t, st.Output, stream)); got != n {
			t.Errorf("%d bytes of %s, want %d", got, stream, n)
		}
	}
}

// What is typed is bounded, and what is refused is not counted.
func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	s := started(t)
	for range 2 {
		if _, err := s.Input("a", make([]byte, 1<<20+1), false, 1<<20); wire.CodeOf(err) != wire.CodeTooLarge {
			t.Errorf("too much: %v", err)
		}
	}
	if _, err := s.Input("a", make([]byte, 1<<20), false, 1<<20); err != nil {
		t.Error(err)
	}
	if _, err := s.Input("a", nil, true, 1<<20); err != nil {
		t.Error(err)
	}
	last := s.Snapshot().Output
	if len(last) == 0 || !last[len(last)-1].EOF {
		t.Error("that the input has ended is not kept")
	}
}

// The options of a run go to all members and on record, so they are short.
func TestOptionsAreBounded(t *testing.T) {
	t.Parallel()
	begin := func(n int) error {
		options := wire.RunOptions{Mode: "release", Channel: wire.Channel(strings.Repeat("x", n))}
		_, err := runs.Start(wire.RunStarted{Run: "r", Options: options}, "", files.Main(ot.Text{}))
		return err
	}
	if err := begin(64 + 1); wire.CodeOf(err) != wire.CodeTooLarge {
		t.Errorf("too long: %v", err)
	}
	if err := begin(64); err != nil {
		t.Errorf("as long as may be: %v", err)
	}
	many, long := make([]string, 65), []string{strings.Repeat("x", 4<<10), strings.Repeat("x", 4<<10+1)}
	for name, o := range map[string]wire.RunOptions{
		"many views": {Views: make([]wire.Action, 65)}, "a long view": {Views: []wire.Action{wire.Action(strings.Repeat("x", 65))}},
		"many flags": {Flags: many}, "long flags": {Flags: long}, "many arguments": {Args: many}, "long arguments": {Args: long},
		"many variables": {Env: many}, "long variables": {Env: long}, "long lists": {Args: long[:1], Env: long[1:]},
		"a long crate type": {CrateType: strings.Repeat("x", 65)}, "a long syntax": {AsmSyntax: strings.Repeat("x", 65)},
		"a long cache": {Cache: strings.Repeat("x", 65)},
	} {
		if err := o.Check(); wire.CodeOf(err) != wire.CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
		long[1] = long[1][:4<<10]
		if err := (wire.RunOptions{Flags: many[:64], Args: long}).Check(); err != nil {
			t.Errorf("as much as may be: %v", err)
		}
		long[1] += "x"
	}
}
