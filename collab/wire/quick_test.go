package wire

import (
	"encoding/json"
	"github.com/corust-dev/corust/collab/ot"
	"reflect"
	"testing"
)

// pushes are messages of which our own clients write the first ones.
var pushes = []string{
	`{"type":"push","epoch":"0123456789abcdef01","version":0,"seq":1,"changes":[[0,"x"]],"cursor":[[1,1]]}`,
	`{"type":"push","epoch":"e","version":123456789012345,"seq":10,"changes":[3,[2,"a]\"}","","\\\u0000ü𝄞"],1],"cursor":[[1,2],[5,3]]}`,
	`{"type":"push","epoch":"","version":7,"seq":2,"changes":[[5]]}`,
	`{"type":"push","epoch":"e","version":7,"seq":2,"file":12,"changes":[[5]],"cursor":[[0,0]]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[]}`,
	`{"type":"push","epoch":"e","version":01,"seq":1,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":-1,"seq":1e3,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":9223372036854775808,"seq":1,"changes":[1]}`,
	`{"type":"push","epoch":"\u0065\"","version":1,"seq":1,"changes":[1]}`,
	`{"type":"push","epoch":"e","seq":1,"version":1,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"cursor":[]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"file":-1,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"file":1}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"cursor":[[1]]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"cursor":[[1,1],]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1]} `,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1]}}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[[0,"a` + "\n" + `b"]]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[[`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":["\`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"file":7,"op":{"do":"delete"}}`,
}

// answers are messages of which a session writes the first ones.
var answers = []string{
	`{"type":"entry","version":1,"client":"c-1","seq":1,"changes":[[0,"x"],3],"cursor":[[1,1]]}`,
	`{"type":"entry","version":1,"client":"c","seq":1,"changes":[1]}`,
	`{"type":"entry","version":1,"client":"c","seq":1,"file":7,"changes":[1]}`,
	`{"type":"ack","version":12,"seq":3}`,
	`{"type":"ack","version":12,"seq":3,"more":1}`,
	`{"type":"entry","version":1,"client":"\u0063","seq":1,"changes":[1]}`,
	`{"type":"entry","version":1,"client":"c","seq":1,"changes":[1],"cursor":[[0,0],[1,]]}`,
	`{"type":"entry","version":1,"client":"c","seq":1,"file":7,"op":{"do":"delete"}}`,
}

// FuzzQuick: what the quick way takes, encoding/json takes, too, as the same.
func FuzzQuick(f *testing.F) {
	for _, m := range append(pushes, answers...) {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if CheckText(data) != nil {
			return // as for Decode
		}
		if m, ok := quickPush(data); ok {
			same(t, data, m, new(PushMsg))
		}
		if m, ok := quickEntry(data); ok {
			same(t, data, m, new(EntryMsg))
		}
		if m, ok := quickAck(data); ok {
			same(t, data, m, new(AckMsg))
		}
	})
}

func same[M any](t *testing.T, data []byte, quick, slow *M) {
	t.Helper()
	if err := json.Unmarshal(data, slow); err != nil {
		t.Fatalf("%q is taken, but %v", data, err)
	}
	if !reflect.DeepEqual(quick, slow) {
		t.Fatalf("%q: %+v, want %+v", data, *quick, *slow)
	}
}

// TestQuick: the quick way takes what both sides write, and nothing with a doubt.
func TestQuick(t *testing.T) {
	t.Parallel()
	for i, p := range pushes {
		if _, ok := quickPush([]byte(p)); ok != (i < 5) {
			t.Errorf("%s: %t", p, ok)
		}
	}
	for i, m := range answers {
		_, entry := quickEntry([]byte(m))
		_, ack := quickAck([]byte(m))
		if (entry || ack) != (i < 4) || entry && ack {
			t.Errorf("%s: %t, %t", m, entry, ack)
		}
	}
	// As the client in Go writes it.
	m := &PushMsg{Epoch: NewEpoch(), Version: 3, Seq: 4, Changes: ot.Empty(2), Cursor: Selection{{1, 2}}}
	data, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := quickPush(data); !ok || !reflect.DeepEqual(got, m) {
		t.Errorf("%s: %+v, %t", data, got, ok)
	}
}
