package crates

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The default list holds every crate of the feed or says why not, and each has a
// program in testdata/programs that names it.
func TestDefault(t *testing.T) {
	t.Parallel()
	l, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/std.atom")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names, err := ParseFeed(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 200 {
		t.Errorf("the feed of the default list has %d names", len(names))
	}
	excluded := make(map[string]bool)
	for _, e := range l.Excluded {
		if e.Reason == "" {
			t.Errorf("%s is left out without a reason", e.Name)
		}
		excluded[e.Name] = true
	}
	for _, name := range names {
		if _, ok := l.Get(name); !ok && !excluded[name] {
			t.Errorf("%s is neither in the default list nor excluded", name)
		}
	}
	for _, c := range l.Crates {
		src, err := os.ReadFile(filepath.Join("testdata/programs", c.Name+".rs"))
		if err != nil {
			t.Error(err)
			continue
		}
		if used := regexp.MustCompile(`\b` + Ident(c.Name) + `(::|;)`); !used.Match(src) {
			t.Errorf("the program of %s does not name it", c.Name)
		}
	}
	programs, err := filepath.Glob("testdata/programs/*.rs")
	if err != nil || len(programs) != len(l.Crates) {
		t.Errorf("%d programs for %d crates, %v", len(programs), len(l.Crates), err)
	}
	text, err := l.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if stored, _ := defaults.ReadFile("default.toml"); !bytes.Equal(text, stored) {
		t.Error("default.toml is not as update writes it")
	}
}
