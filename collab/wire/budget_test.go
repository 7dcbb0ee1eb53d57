package wire_test

import (
	"testing"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testbudget"
)

// FuzzDecodeBudget: a message costs no more time and memory than its length allows,
// whatever its shape.
func FuzzDecodeBudget(f *testing.F) {
	for _, unit := range []string{"[", `{"a":`, `"a":1,`, "1,", `[0,"a"],`, `[0,""],`, `[1],`, "0,", `"a",`, `\u0041`, `\ud83d\ude00`, " ", "\xff"} {
		f.Add("{", unit, "}")
		f.Add(`{"type":"push","version":1,"seq":1,"changes":[`, unit, "1]}")
		f.Add(`{"type":"push","version":1,"seq":1,"changes":[1],"cursor":[`, unit, "[0,0]]}")
		f.Add(`{"type":"run","options":{"a":`, unit, "1}}")
		f.Add(`{"type":"settings","settings":{`, unit, `"a":"b"}}`)
		f.Add(`{"type":"stdin","run":"r","data":"`, unit, `"}`)
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		data := []byte(testbudget.Fill(head, unit, tail))
		testbudget.Check(t, len(data), func() { _, _ = wire.DecodeClient(data, wire.Limits{}) })
		testbudget.Check(t, len(data), func() { _, _ = wire.DecodeServer(data) })
		testbudget.Check(t, len(data), func() { _, _ = ot.Decode(data, ot.Limits{}) })
	})
}
