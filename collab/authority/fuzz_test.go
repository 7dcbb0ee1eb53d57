package authority_test

import (
	"github.com/corust-dev/corust/collab/files"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// FuzzSession gives a session any bytes. Nothing panics, and the next new member is
// welcomed to a well-formed text.
func FuzzSession(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		a := authority.New(authority.NewDocument("e", files.Main(text(t, "a🦀\nb")), wire.Limits{Text: 100}))
		if err := a.Connect(1, authority.Visitor{}); err != nil {
			t.Fatal(err)
		}
		a.Receive(1, &wire.Hello{Key: "k"})
		if err := a.Observe(2); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			m, err := wire.DecodeClient([]byte(line), wire.Limits{})
			if err == nil {
				err = a.Receive(1, m)
			}
			if err != nil && wire.CodeOf(err) == wire.CodeInternal {
				t.Fatalf("%q: an error without a code: %v", line, err)
			}
		}
		for _, d := range a.Deliveries() {
			if d.Frame == nil {
				continue
			}
			if _, err := wire.DecodeServer(d.Frame.Bytes()); err != nil {
				t.Fatalf("%s: %v", d.Frame.Bytes(), err)
			}
		}
		if _, err := ot.NewText(mainText(a.Document()).String()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCorpus: a fuzz test without seeds tests next to nothing.
func TestCorpus(t *testing.T) {
	t.Parallel()
	seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", "FuzzSession", "*"))
	if err != nil || len(seeds) < 8 {
		t.Errorf("FuzzSession has %d seeds, %v", len(seeds), err)
	}
}
