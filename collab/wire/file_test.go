package wire_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"testing/quick"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// paths are examples of the rule for paths; the page's tests read them, too.
type paths struct {
	Valid, Invalid []string
	Collide, Apart [][2]string
}

func readPaths(t testing.TB) (p paths) {
	t.Helper()
	data, err := os.ReadFile("testdata/paths.json")
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil || len(p.Valid) == 0 || len(p.Invalid) == 0 || len(p.Collide) == 0 || len(p.Apart) == 0 {
		t.Fatalf("paths.json: %v", err)
	}
	return p
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	p := readPaths(t)
	for _, path := range p.Valid {
		if err := wire.CheckPath(path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range p.Invalid {
		if err := wire.CheckPath(path); !errors.Is(err, wire.ErrMalformed) && !errors.Is(err, wire.ErrTooLarge) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if err := wire.CheckPath("a\xffb"); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("invalid UTF-8: %v", err)
	}
}

func TestPathsCollide(t *testing.T) {
	t.Parallel()
	p := readPaths(t)
	check := func(pairs [][2]string, want bool) {
		for _, pair := range pairs {
			for _, swapped := range [][2]string{pair, {pair[1], pair[0]}} {
				if got := wire.PathsCollide(swapped[0], swapped[1]); got != want {
					t.Errorf("%q and %q collide: %t", swapped[0], swapped[1], got)
				}
			}
		}
	}
	check(p.Collide, true)
	check(p.Apart, false)
}

// FuzzCheckPath: an accepted path is clean, and collides with itself and its directories.
func FuzzCheckPath(f *testing.F) {
	for _, path := range append(readPaths(f).Valid, readPaths(f).Invalid...) {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if wire.CheckPath(path) != nil {
			return
		}
		if ot.Len(path) == 0 || ot.Len(path) > 128 || path[0] == '/' || path[0] == '.' {
			t.Errorf("%q is accepted", path)
		}
		if !wire.PathsCollide(path, path) || !wire.PathsCollide(path, path+"/x") || wire.PathsCollide(path, path+"x") {
			t.Errorf("%q does not collide as it should", path)
		}
	})
}

// TestChangeOfAnEntry: what a log keeps of an entry is read back as it was.
func TestChangeOfAnEntry(t *testing.T) {
	t.Parallel()
	insert, err := ot.New(3, ot.Edit{From: 1, To: 2, Insert: "é😀\n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []wire.Entry{
		{},
		{Changes: insert},
		{Op: &wire.FileOp{Do: wire.CreateFile, Path: "a/b.rs", Text: "<é😀\n\u0001\"\\"}},
		{Op: &wire.FileOp{Do: wire.RenameFile, Path: "ü"}},
		{Op: &wire.FileOp{Do: wire.DeleteFile}},
	} {
		data := e.AppendChange(nil)
		var got wire.Entry
		if err := got.DecodeChange(data); err != nil || !got.SameChange(e) || !e.SameChange(got) {
			t.Errorf("%s: %+v, %v", data, got, err)
		}
		if e.Op != nil && (e.SameChange(wire.Entry{}) || (wire.Entry{}).SameChange(e)) {
			t.Errorf("%s is the same as no change", data)
		}
	}
	for _, bad := range []string{"", "{", "[", `{"do":1}`, `[[0,"\r"]]`, "null"} {
		if err := new(wire.Entry).DecodeChange([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestNewFileID(t *testing.T) {
	t.Parallel()
	seen := map[wire.FileID]bool{}
	err := quick.Check(func() bool {
		id := wire.NewFileID()
		ok := id > wire.MainFile && id <= wire.MaxFileID && !seen[id]
		seen[id] = true
		return ok
	}, &quick.Config{MaxCount: 1000})
	if err != nil {
		t.Error(err)
	}
}
