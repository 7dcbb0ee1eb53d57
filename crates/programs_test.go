package crates

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
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

// Each program compiles with a plain rustc against the set in CORUST_TEST_SET,
// with the crates of the set that it names, and ends well.
func TestPrograms(t *testing.T) {
	dir := os.Getenv("CORUST_TEST_SET")
	if dir == "" {
		t.Skip("CORUST_TEST_SET names no set; building the default one takes many minutes (testdata/all.sh does)")
	}
	set, err := OpenSet(dir)
	if err != nil {
		t.Fatal(err)
	}
	for p := range set.Profiles {
		for _, c := range set.Crates {
			t.Run(string(p)+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				src, err := filepath.Abs(filepath.Join("testdata/programs", c.Name+".rs"))
				if err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(src)
				if err != nil {
					t.Fatal(err)
				}
				var idents []string
				for _, other := range set.Crates {
					if strings.Contains(string(text), other.Ident) {
						idents = append(idents, other.Ident)
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				// What a runner says of the package; some macros look for their crate there.
				work := t.TempDir()
				manifest := "[package]\nname = \"main\"\n[dependencies]\n"
				for _, other := range set.Crates {
					manifest += other.Name + " = \"" + other.Version + "\"\n"
				}
				if err := os.WriteFile(filepath.Join(work, "Cargo.toml"), []byte(manifest), 0o600); err != nil {
					t.Fatal(err)
				}
				args := append(set.RustcArgs(p, set.Dir, idents), "--edition=2024", "-o", "main", src)
				if p == Release {
					args = append(args, "-O")
				}
				for _, argv := range [][]string{append([]string{"rustc"}, args...), {"./main"}} {
					cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
					cmd.Dir = work
					cmd.Env = append(os.Environ(), "CARGO_MANIFEST_DIR="+work, "CARGO_PKG_NAME=main", "CARGO_PKG_VERSION=0.0.0", "CARGO_CRATE_NAME=main")
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("%s: %v\n%s", argv[0], err, out)
					}
				}
			})
		}
	}
}
