package crates

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func sample() List {
	return List{
		Source: "https://lib.rs/std.atom", Compiler: "1.95.0", Host: "x86_64-unknown-linux-gnu",
		Crates: []Crate{
			{Name: "serde", Version: "1.0.229", DefaultFeatures: true, Features: []string{"rc", "derive"}},
			{Name: "aes", Version: "0.9.4", DefaultFeatures: true, Description: `AES, "fast"`},
			{Name: "serde_yaml", Version: "0.9.34+deprecated", Own: true, Note: "a \\ note"},
		},
		Excluded: []Exclusion{{Name: "winx", Version: "0.1.0", Reason: "not here"}, {Name: "gone", Reason: "no such crate"}},
		Lock:     []byte("# lock\n"),
	}
}

func TestListRoundTrip(t *testing.T) {
	t.Parallel()
	l := sample()
	text, err := l.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(l.Crates)
	slices.Reverse(l.Excluded)
	if again, _ := l.Marshal(); string(again) != string(text) {
		t.Errorf("order changes the text:\n%s\n%s", text, again)
	}
	got, err := UnmarshalList(text, l.Lock)
	if err != nil {
		t.Fatal(err)
	}
	want := sample().sorted()
	want.LockHash = hashOf(want.Lock)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Crates[0].Name != "aes" || !slices.Equal(got.Crates[1].Features, []string{"derive", "rc"}) {
		t.Errorf("not sorted: %+v", got.Crates)
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	good, err := sample().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{ // what the text is changed to hold, and the error
		`name = "aes"|name = "../x"`:                      `"../x"`,
		`name = "aes"|name = "-x"`:                        `"-x"`,
		`name = "aes"|name = "serde-yaml"`:                "named twice",
		`version = "0.9.4"|version = "*"`:                 `"*" is not a version`,
		`version = "0.9.4"|version = "1.0\nx"`:            "is not a version",
		`version = "0.9.4"|version = "1.0"`:               `"1.0" is not a version`,
		`features = ["derive", "rc"]|features = ["\" ]"]`: "not a feature name",
		`source = |sauce = `:                              `unknown key "sauce"`,
		`version = "0.9.4"|verison = "0.9.4"`:             `unknown key "crate.verison"`,
		`lock = "|lock = "0`:                              "lock",
		`[[crate]]|[[crate`:                               "toml",
	}
	for change, want := range tests {
		old, new, _ := strings.Cut(change, "|")
		text := strings.Replace(string(good), old, new, 1)
		if text == string(good) {
			t.Fatalf("%q is not in the list", old)
		}
		if _, err := UnmarshalList([]byte(text), sample().Lock); !errors.Is(err, ErrList) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", change, err, want)
		}
	}
	if _, err := UnmarshalList(good, []byte("another lock")); err == nil {
		t.Error("a lock of another list passed")
	}
}

func TestWriteList(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "crates.toml")
	if _, err := ReadList(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no list: %v", err)
	}
	l := sample()
	if err := WriteList(path, l); err != nil {
		t.Fatal(err)
	}
	first, err := ReadList(path)
	if err != nil {
		t.Fatal(err)
	}
	// A list that may not be written leaves the old one.
	bad := l
	bad.Crates = []Crate{{Name: "-x", Version: "1.0.0"}}
	bad.Lock = []byte("bad")
	if err := WriteList(path, bad); !errors.Is(err, ErrList) {
		t.Errorf("bad list: %v", err)
	}
	// A crash after the new lock is written leaves it too.
	if err := writeFile(lockPath(path, hashOf([]byte("next"))), []byte("next")); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadList(path); err != nil || !reflect.DeepEqual(again, first) {
		t.Fatalf("after faults: %v", err)
	}
	l.Lock = []byte("third")
	if err := WriteList(path, l); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadList(path); err != nil || string(got.Lock) != "third" {
		t.Fatalf("got %q, %v", got.Lock, err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old, new := sample(), sample()
	new.Crates = slices.Clone(new.Crates)
	new.Crates[0].Version = "1.0.230"
	new.Crates[1] = Crate{Name: "rand", Version: "0.10.0", DefaultFeatures: true}
	added, removed, moved := Diff(old, new)
	if want := []Change{{"rand", "", "0.10.0"}}; !slices.Equal(added, want) {
		t.Errorf("added %v", added)
	}
	if want := []Change{{"aes", "0.9.4", ""}}; !slices.Equal(removed, want) {
		t.Errorf("removed %v", removed)
	}
	if want := []Change{{"serde", "1.0.229 (derive, rc)", "1.0.230 (derive, rc)"}}; !slices.Equal(moved, want) {
		t.Errorf("moved %v", moved)
	}
}

func FuzzUnmarshalList(f *testing.F) {
	text, err := sample().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text), "# lock\n")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, lock string) {
		l, err := UnmarshalList([]byte(text), []byte(lock))
		if err != nil {
			return
		}
		out, err := l.Marshal()
		if err != nil {
			t.Fatalf("a list that was read cannot be written: %v", err)
		}
		again, err := UnmarshalList(out, []byte(lock))
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Fatalf("read again: %+v, %v\nwant %+v", again, err, l)
		}
	})
}
