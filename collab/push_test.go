package collab

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/corust-dev/corust/collab/store"
)

// pushes are messages of which our own clients write the first ones.
var pushes = []string{
	`{"type":"push","epoch":"0123456789abcdef01","version":0,"seq":1,"changes":[[0,"x"]],"cursor":[[1,1]]}`,
	`{"type":"push","epoch":"e","version":123456789012345,"seq":10,"changes":[3,[2,"a]\"}","","\\\u0000ü𝄞"],1],"cursor":[[1,2],[5,3]]}`,
	`{"type":"push","epoch":"","version":7,"seq":2,"changes":[[5]]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[]}`,
	`{"type":"push","epoch":"e","version":01,"seq":1,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":-1,"seq":1e3,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":9223372036854775808,"seq":1,"changes":[1]}`,
	`{"type":"push","epoch":"\u0065\"","version":1,"seq":1,"changes":[1]}`,
	`{"type":"push","epoch":"e","seq":1,"version":1,"changes":[1]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"cursor":[]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"cursor":[[1]]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1],"cursor":[[1,1],]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1]} `,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[1]}}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[[0,"a` + "\n" + `b"]]}`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":[[`,
	`{"type":"push","epoch":"e","version":1,"seq":1,"changes":["\`,
}

// FuzzPush: what the fast way takes, encoding/json takes, too, as the same.
func FuzzPush(f *testing.F) {
	for _, p := range pushes {
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if checkText(data) != nil {
			return // as for DecodeClient
		}
		fast, ok := decodePush(data)
		if !ok {
			return
		}
		var slow PushMsg
		if err := json.Unmarshal(data, &slow); err != nil {
			t.Fatalf("%q is taken, but %v", data, err)
		}
		if !reflect.DeepEqual(*fast, slow) {
			t.Fatalf("%q: %+v, want %+v", data, *fast, slow)
		}
	})
}

// TestPushes: the fast way takes what our clients write, and nothing with a doubt.
func TestPushes(t *testing.T) {
	t.Parallel()
	for i, p := range pushes {
		if _, ok := decodePush([]byte(p)); ok != (i < 4) {
			t.Errorf("%s: %t", p, ok)
		}
	}
	// As the client in Go writes it.
	m := &PushMsg{Epoch: store.NewEpoch(), Version: 3, Seq: 4, Cursor: Selection{{1, 2}}}
	data, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := decodePush(data); !ok || !reflect.DeepEqual(got, m) {
		t.Errorf("%s: %+v, %t", data, got, ok)
	}
}
