package rustc

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestParseFrontMatter(t *testing.T) {
	t.Parallel()
	src := "#!/usr/bin/env corust\n\n---cargo\n[package]\nedition = \"2021\"\nname = \"x\"\n[dependencies]\nserde = { version = \"1\", features = [\"rc\", \"derive\"] }\nmy-rand = { package = \"rand\", version = \">=0.9, <0.11\" }\nlog = \"*\"\n[profile.release]\nrpath = true\n---\nfn main() {}\n"
	fm, err := ParseFrontMatter([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if fm.Edition != "2021" || len(fm.Dependencies) != 3 {
		t.Fatalf("got %+v", fm)
	}
	if d := fm.Dependencies[1]; d.Ident() != "my_rand" || d.Package != "rand" || !d.Requirement.Matches("0.10.4") || d.Requirement.Matches("0.11.0") {
		t.Errorf("got %+v", d)
	}
	if got := strings.Join(fm.Ignored, " "); got != "profile.release.rpath" || fm.Name != "x" {
		t.Errorf("ignored %q", got)
	}
	if bytes.Count(fm.Source, []byte("\n")) != strings.Count(src, "\n") || len(fm.Source) != len(src) ||
		bytes.Contains(fm.Source, []byte("serde")) || !bytes.HasSuffix(fm.Source, []byte("\nfn main() {}\n")) {
		t.Errorf("source is %q", fm.Source)
	}
}

func TestParseFrontMatterForms(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, err string }{
		{"none", "fn main() {}", "none"},
		{"empty source", "", "none"},
		{"a negation is none", "--- 1", "closes"},
		{"two dashes are none", "--\n--\n", "none"},
		{"after code", "fn main() {}\n---\n---\n", "none"},
		{"empty", "---\n---\n", ""},
		{"Windows line breaks", "---\r\n[dependencies]\r\nlog = \"0.4\"\r\n---\r\nfn main() {}", ""},
		{"longer fence holds shorter", "----\n# ---\n----\n", ""},
		{"not closed", "---\n[dependencies]\n", "closes"},
		{"closed by too few", "----\n---\n", "closes"},
		{"other language", "---python\n---\n", `"python"`},
		{"not TOML", "---\nserde = \n---\n", "front matter: line 2: "},
		{"edition is no string", "---\npackage.edition = 2021\n---\n", "package.edition is not a string"},
		{"package is no table", "---\npackage = 1\n---\n", "package is not a table"},
		{"dependencies are a list", "---\n[[dependencies]]\n---\n", "dependencies is not a table"},
		{"hostile name", "---\n[dependencies]\n\"../x\" = \"1\"\n---\n", `"../x"`},
		{"number for a version", "---\n[dependencies]\nlog = 1\n---\n", "neither"},
		{"no requirement", "---\n[dependencies]\nlog = \"one\"\n---\n", `"one" is not a version requirement`},
		{"too long", "---\n" + strings.Repeat("#\n", maxManifest) + "---\n", "at most 65536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fm, err := ParseFrontMatter([]byte(tt.src))
			switch {
			case tt.err == "none" && (fm != nil || err != nil):
				t.Errorf("got %v, %v, want none", fm, err)
			case tt.err == "" && (fm == nil || err != nil):
				t.Errorf("got %v, %v", fm, err)
			case tt.err != "none" && tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error %v does not say %q", err, tt.err)
			}
		})
	}
}

func TestMeet(t *testing.T) {
	t.Parallel()
	set := map[string]Known{
		"serde":      {"serde", "serde", "1.0.229", []string{"default", "derive", "std"}},
		"proc-other": {"proc-other", "other", "0.3.1", nil},
		"log":        {"log", "log", "0.4.35", nil},
	}
	lookup := func(pkg string) (Known, bool) { k, ok := set[pkg]; return k, ok }
	meet := func(deps string) (map[string]string, error) {
		fm, err := ParseFrontMatter([]byte("---\n[dependencies]\n" + deps + "\n---\n"))
		if err != nil {
			t.Fatal(err)
		}
		return fm.Meet(lookup, false)
	}
	got, err := meet("serde = { version = \"1\", features = [\"derive\"] }\nrenamed-x = { package = \"proc-other\", version = \"0.3\" }")
	if want := map[string]string{"serde": "serde", "renamed_x": "other"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = meet("bevy = \"1\"\nlog = \"9\"\nserde = { version = \"1\", features = [\"rc\"] }\nproc-other = { git = \"https://example.invalid\" }")
	for _, part := range []string{`"bevy" is not in the set`, `asked for as "9", and the set has 0.4.35`, `without the feature "rc"`, "from git"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not say %s", err, part)
		}
	}
	var unknown *UnknownCrateError
	if !errors.As(err, &unknown) || unknown.Name != "bevy" {
		t.Errorf("no *UnknownCrateError in %v", err)
	}
}

// The table is the one of the Cargo book, "Specifying Dependencies".
func TestRequirement(t *testing.T) {
	t.Parallel()
	tests := []struct{ req, yes, no string }{
		{"1.2.3", "1.2.3 1.2.4 1.9.0 1.2.3+build", "1.2.2 2.0.0 1.2.3-rc.1 1.3.0-rc.1"},
		{"1.2", "1.2.0 1.9.9", "1.1.9 2.0.0"},
		{"1", "1.0.0 1.9.9", "0.9.9 2.0.0"},
		{"0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0.0"},
		{"0.2", "0.2.0", "0.3.0 0.1.0"},
		{"0.0.3", "0.0.3", "0.0.4 0.0.2"},
		{"0.0", "0.0.0 0.0.9", "0.1.0"},
		{"0", "0.0.0 0.9.9", "1.0.0"},
		{"^1.2.3", "1.2.3 1.9.9", "2.0.0"},
		{"~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"},
		{"~1.2", "1.2.0 1.2.9", "1.3.0"},
		{"~1", "1.0.0 1.9.9", "2.0.0"},
		{"*", "0.0.0 9.9.9", "1.0.0-rc.1"},
		{"1.*", "1.0.0 1.9.0", "2.0.0"},
		{"1.2.*", "1.2.0 1.2.9", "1.3.0"},
		{"=1.2.3", "1.2.3", "1.2.4"},
		{"=1.2", "1.2.0 1.2.9", "1.3.0"},
		{">1.2", "1.3.0", "1.2.9"},
		{">= 1.2.0, < 1.5", "1.2.0 1.4.9", "1.5.0 1.1.0"},
		{"<=1.2", "1.2.9 0.1.0", "1.3.0"},
		{"1.0.0-rc.1", "1.0.0-rc.1 1.0.0-rc.2 1.0.0 1.1.0", "1.0.0-beta 1.1.0-rc.1"},
		{"99999999999999999999", "", ""},
	}
	for _, tt := range tests {
		r, err := ParseRequirement(tt.req)
		if err != nil {
			if tt.yes != "" {
				t.Error(err)
			}
			continue
		}
		for _, v := range strings.Fields(tt.yes) {
			if !r.Matches(v) {
				t.Errorf("%q is not met by %s", tt.req, v)
			}
		}
		for _, v := range strings.Fields(tt.no) {
			if r.Matches(v) {
				t.Errorf("%q is met by %s", tt.req, v)
			}
		}
	}
	for _, bad := range []string{"", "a", "1.", "1..2", "1.2.3.4", "01", "1.*.2", "1,", ">", "1 2", "-1", "1-rc", strings.Repeat("1", 200)} {
		if r, err := ParseRequirement(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, r)
		}
	}
	if (Requirement{}).Matches("no version") {
		t.Error("a version that is none meets a requirement")
	}
}

func FuzzFrontMatter(f *testing.F) {
	f.Add("---\n[dependencies]\nserde = { version = \"1\" }\n---\nfn main() {}\n")
	f.Add("#!x\n\n----\r\n---\n----\n")
	f.Fuzz(func(t *testing.T, src string) {
		fm, err := ParseFrontMatter([]byte(src))
		if fm == nil || err != nil {
			return
		}
		if len(fm.Source) != len(src) || bytes.Count(fm.Source, []byte("\n")) != strings.Count(src, "\n") {
			t.Fatalf("lines moved: %q", fm.Source)
		}
		if _, again := findFence(fm.Source); again && !strings.Contains(string(fm.Source), "---") {
			t.Fatal("front matter is still there")
		}
	})
}
