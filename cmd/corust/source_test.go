package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// tree makes a directory of files, given as names and texts. A text that begins with
// "-> " makes a link.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile
		if to, ok := strings.CutPrefix(files[i+1], "-> "); ok {
			if err := os.Symlink(to, name); err != nil {
				t.Fatal(err)
			}
		} else if err := err(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const empty = "fn main() {}"

func TestReadDirChoosesTheProgram(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		files     []string
		main, err string
	}{
		"a directory":                 {[]string{"main.rs", empty, "a.rs", ""}, "main.rs", ""},
		"a package":                   {[]string{"Cargo.toml", "", "src/main.rs", empty}, "src/main.rs", ""},
		"without a manifest":          {[]string{"src/main.rs", empty}, "src/main.rs", ""},
		"a library":                   {[]string{"Cargo.toml", "", "src/lib.rs", "pub fn f() {}"}, "src/lib.rs", ""},
		"a library of another path":   {[]string{"Cargo.toml", "[lib]\npath = \"x.rs\"", "x.rs", "//"}, "x.rs", ""},
		"a program of another path":   {[]string{"Cargo.toml", "[[bin]]\nname = \"a\"\npath = \"b/c.rs\"", "b/c.rs", empty}, "b/c.rs", ""},
		"one program in bin":          {[]string{"Cargo.toml", "", "src/bin/a.rs", empty, "src/lib.rs", "//"}, "src/bin/a.rs", ""},
		"a directory in bin":          {[]string{"Cargo.toml", "", "src/bin/a/main.rs", empty}, "src/bin/a/main.rs", ""},
		"two programs":                {[]string{"Cargo.toml", "", "src/bin/a.rs", empty, "src/bin/b.rs", empty}, "", "more than one program: src/bin/a.rs, src/bin/b.rs"},
		"two, of which one is chosen": {[]string{"Cargo.toml", "[package]\ndefault-run = \"b\"", "src/main.rs", empty, "src/bin/a.rs", empty, "src/bin/b.rs", empty}, "src/bin/b.rs", ""},
		"the first is chosen":         {[]string{"Cargo.toml", "[package]\nname = \"p\"\ndefault-run = \"p\"", "src/main.rs", empty, "src/bin/a.rs", empty}, "src/main.rs", ""},
		"a path out of it":            {[]string{"Cargo.toml", "[[bin]]\nname = \"a\"\npath = \"../x.rs\""}, "", "has no main.rs"},
		"nothing":                     {[]string{"a.rs", empty}, "", "has no main.rs, no src/main.rs and no library"},
		// An unreadable file is an error; no other file is run instead.
		"main.rs is a directory":   {[]string{"main.rs/a", "", "src/main.rs", empty, "a.rs", empty}, "", "main.rs: not a regular file"},
		"main.rs leads out":        {[]string{"main.rs", "-> ../../etc/passwd", "a.rs", empty}, "", "main.rs: path escapes"},
		"main.rs leads nowhere":    {[]string{"main.rs", "-> none.rs", "a.rs", empty, "src/main.rs", empty}, "", "main.rs: no such file"},
		"src leads out":            {[]string{"src", "-> ..", "Cargo.toml", ""}, "", ""},
		"main.rs is a link inside": {[]string{"main.rs", "-> b/start.rs", "b/start.rs", empty}, "main.rs", ""},
		"main.rs is empty":         {[]string{"main.rs", " \n", "a.rs", empty}, "", "main.rs is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := readDir(tree(t, tt.files...))
			switch {
			case tt.main == "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("got %q, %v, want %q", s.main, err, tt.err)
			case tt.main != "" && (err != nil || s.main != tt.main || s.files[0].Name != tt.main):
				t.Errorf("got %q, %v, want %q", s.main, err, tt.main)
			}
		})
	}
}

func names(s source) []string {
	var list []string
	for _, f := range s.files {
		list = append(list, f.Name)
	}
	slices.Sort(list)
	return list
}

// A file that cannot be read is named once, and the rest is run.
func TestReadDirLeavesOut(t *testing.T) {
	t.Parallel()
	outside := tree(t, "secret.rs", "pub fn f() {}")
	for name, tt := range map[string]struct {
		files, want []string
		warning     string
	}{
		"a name with a dash":         {[]string{"-notes.txt", "x"}, []string{"-notes.txt"}, ""},
		"a name with spaces":         {[]string{"größe 1.txt", "x"}, []string{"größe 1.txt"}, ""},
		"a name with a line break":   {[]string{"a\nb", "x"}, nil, `left out: "a\nb" (a name that a box does not take)`},
		"a name that is not UTF-8":   {[]string{"a\xff", "x"}, nil, `left out: "a\xff" (a name`},
		"hidden":                     {[]string{".env", "x", ".git/config", "x"}, nil, ""},
		"cargo's configuration":      {[]string{".cargo/config.toml", "x"}, nil, ".cargo/config.toml is not used"},
		"a target of cargo's":        {[]string{"target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n", "target/a.rs", "x"}, nil, ""},
		"a cache of another name":    {[]string{"a/b/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55", "a/c.rs", "x"}, []string{"a/c.rs"}, ""},
		"a module called target":     {[]string{"target/mod.rs", "x"}, []string{"target/mod.rs"}, ""},
		"a link that stays inside":   {[]string{"a.txt", "-> b/c.txt", "b/c.txt", "x"}, []string{"a.txt", "b/c.txt"}, ""},
		"a directory's link":         {[]string{"a", "-> b", "b/c.txt", "x"}, []string{"a/c.txt", "b/c.txt"}, ""},
		"a link to above":            {[]string{"b/up", "-> ..", "b/c.txt", "x"}, []string{"b/c.txt"}, `left out: "b/up" (a link to a directory that it is in)`},
		"a link to itself":           {[]string{"a", "-> a"}, nil, `left out: "a" (a link that leads nowhere`},
		"a link out of it":           {[]string{"a.rs", "-> " + outside + "/secret.rs"}, nil, `left out: "a.rs" (a link that leads nowhere or out of the directory)`},
		"a directory's link out":     {[]string{"a", "-> " + outside}, nil, `left out: "a" (a link`},
		"a relative link out":        {[]string{"b/a", "-> ../../../../../../../../../../etc"}, nil, `left out: "b/a" (a link`},
		"too large":                  {[]string{"a.bin", strings.Repeat("x", runner.MaxSource), "b.txt", "x"}, []string{"b.txt"}, `left out: "a.bin" (more than 1048576 bytes`},
		"no source":                  {[]string{"a.rs", "\x00", "b.bin", "\x00"}, []string{"b.bin"}, `left out: "a.rs" (a NUL byte)`},
		"what the compiler may want": {[]string{"a.bin", strings.Repeat("x", runner.MaxSource-100), "z.rs", strings.Repeat("x", 200)}, []string{"z.rs"}, `left out: "a.bin"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := readDir(tree(t, append([]string{"main.rs", empty}, tt.files...)...))
			if err != nil {
				t.Fatal(err)
			}
			want := append(slices.Clone(tt.want), "main.rs")
			slices.Sort(want)
			if got := names(s); !slices.Equal(got, want) || s.main != "main.rs" {
				t.Errorf("files %q, want %q", got, want)
			}
			got := strings.Join(s.warnings, "; ")
			if tt.warning == "" && got != "" || !strings.HasPrefix(got, tt.warning) {
				t.Errorf("warnings %q, want %q", got, tt.warning)
			}
		})
	}
}

func TestReadDirTakesAsManyAsItMay(t *testing.T) {
	t.Parallel()
	files := []string{"main.rs", empty, "Cargo.toml", ""}
	for _, d := range []string{"a", "b", "c"} {
		for i := range 100 {
			files = append(files, filepath.Join("data", d, strings.Repeat("x", i+1)), "")
		}
	}
	files = append(files, "z/z.rs", "")
	s, err := readDir(tree(t, files...))
	if err != nil || len(s.files) != runner.MaxFiles || !slices.Contains(names(s), "z/z.rs") || !slices.Contains(names(s), "Cargo.toml") {
		t.Fatalf("%d files, %v", len(s.files), err)
	}
	if len(s.warnings) != 1 || !strings.HasSuffix(s.warnings[0], "and 42 more") {
		t.Errorf("warnings %q", s.warnings)
	}
}

func TestReadDirOfLinksEnds(t *testing.T) {
	t.Parallel()
	files := []string{"main.rs", empty}
	for _, d := range []string{"a", "b", "c", "d", "e"} { // each leads to all others: 5! paths and more
		for _, to := range []string{"a", "b", "c", "d", "e"} {
			files = append(files, filepath.Join(d, to), "-> ../"+to)
		}
	}
	s, err := readDir(tree(t, files...))
	if err != nil || len(s.files) != 1 || len(s.warnings) != 1 {
		t.Errorf("files %q, warnings %q, %v", names(s), s.warnings, err)
	}
}

func TestReadSourceKeepsTheName(t *testing.T) {
	t.Parallel()
	dir := tree(t, "größe 1.rs", empty, "-x.rs", empty, "@file.rs", empty, "script", empty, ".hidden.rs", empty, "a\nb.rs", empty)
	for name, want := range map[string]string{
		"größe 1.rs": "größe 1.rs", "-x.rs": "-x.rs", "@file.rs": "@file.rs", "script": "script", ".hidden.rs": "main.rs", "a\nb.rs": "main.rs",
	} {
		s, err := readSource(filepath.Join(dir, name), nil)
		if err != nil || s.main != want || s.files[0].Name != want || (len(s.warnings) > 0) != (want == "main.rs") {
			t.Errorf("%q is %q, %v, warnings %q", name, s.main, err, s.warnings)
		}
	}
	s, err := readSource("-", strings.NewReader(empty))
	if err != nil || s.main != runner.MainFile || len(s.warnings) > 0 {
		t.Errorf("standard input is %q, %v", s.main, err)
	}
}
