package server_test

import (
	"html"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/server"
)

// The links that rustdoc writes beside the examples of a crate open here with the text of the
// example and its edition, at a server with and without a prefix.
func TestLinksOfRustdocOpen(t *testing.T) {
	t.Parallel()
	rustdoc, err := exec.LookPath("rustdoc")
	if err != nil {
		t.Skip("skipped: there is no rustdoc")
	}
	const base = "https://playground.invalid"
	dir := t.TempDir()
	source := `#![doc(html_playground_url = "` + base + `")]
//! The crate.
//!
//! ` + "```" + `
//! let a = 1; // semi; plus + % & <b> "q" 'é' 🦀 %41 ?x=y#z
//! # let hidden = 2;
//! assert_eq!(a, 1);
//! ` + "```" + `

/// ` + "```edition2018,should_panic" + `
/// fn main() { panic!("x;y&z=1"); }
/// ` + "```" + `
pub fn f() {}
`
	if err := os.WriteFile(filepath.Join(dir, "lib.rs"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(rustdoc, "--crate-name", "demo", "--edition", "2021", "lib.rs", "-o", "out")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rustdoc: %v\n%s", err, out)
	}
	var queries []string
	link := regexp.MustCompile(`href="` + base + `([^"]*)"`)
	err = filepath.WalkDir(filepath.Join(dir, "out"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".html" {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range link.FindAllSubmatch(data, -1) {
			queries = append(queries, html.UnescapeString(string(m[1])))
		}
		return err
	})
	if err != nil || len(queries) != 2 {
		t.Fatalf("links %q, %v, want two", queries, err)
	}
	// What each example's page must have, by its edition.
	want := map[string][]string{
		"2021": {`let a = 1; // semi; plus + % & <b> "q" 'é' 🦀 %41 ?x=y#z`, "let hidden = 2;", "fn main() {", "\n    assert_eq!(a, 1);\n"},
		"2018": {`fn main() { panic!("x;y&z=1"); }`},
	}
	for _, at := range []struct{ prefix, path string }{{"", ""}, {"", "/"}, {"/corust", ""}, {"/corust", "/"}} {
		f := start(t, func(c *server.Config) { c.Prefix = at.prefix })
		for _, query := range queries {
			res, page := f.get(at.path + query)
			_, edition, _ := strings.Cut(query, "&edition=")
			text := html.UnescapeString(page)
			if res.StatusCode != http.StatusOK || len(want[edition]) == 0 || !strings.Contains(text, `name="edition" value="`+edition+`"`) {
				t.Errorf("%s%s%s: status %d, edition %q", at.prefix, at.path, query, res.StatusCode, edition)
			}
			for _, part := range want[edition] {
				if !strings.Contains(text, part) {
					t.Errorf("%s%s%s: the page has no %q:\n%s", at.prefix, at.path, query, part, text)
				}
			}
		}
	}
}
