package wire_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// However long a message is and whatever it holds, its parts are text and come
// together again.
func TestPartsOfAMessageJoin(t *testing.T) {
	t.Parallel()
	rnd := testseed.Rand(t)
	var j wire.Joiner
	for range 200 {
		var b strings.Builder
		b.WriteByte('{')
		for n := rnd.IntN(4 * wire.PartSize); b.Len() < n; {
			b.WriteString([]string{"a", "é", "日", "🦀"}[rnd.IntN(4)])
		}
		message := []byte(b.String())
		var got []byte
		for rest := message; len(rest) > 0; {
			var part []byte
			part, rest = wire.CutPart(rest)
			if len(part) > wire.PartSize || len(part) == 0 || !utf8.Valid(part) {
				t.Fatalf("a part of %d bytes, text: %t", len(part), utf8.Valid(part))
			}
			mark := byte(wire.MorePart)
			if len(rest) == 0 {
				mark = wire.LastPart
			}
			var err error
			if got, err = j.Add(append([]byte{mark}, part...)); err != nil || (got == nil) != (len(rest) > 0) {
				t.Fatalf("%d bytes with %d to come: %v", len(got), len(rest), err)
			}
			if ping, err := j.Add([]byte(`{"type":"ping"}`)); err != nil || string(ping) != `{"type":"ping"}` {
				t.Fatalf("between parts: %q, %v", ping, err)
			}
		}
		if !bytes.Equal(got, message) {
			t.Fatalf("%d bytes became %d", len(message), len(got))
		}
	}
	if m, err := j.Add([]byte("=")); err == nil {
		t.Errorf("an empty message: %q", m)
	}
}
