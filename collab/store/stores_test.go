package store_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestStores holds the places that a new store needs to the directories that there
// are: each passes the suite, and is one of those that the command chooses from.
func TestStores(t *testing.T) {
	t.Parallel()
	const module = "github.com/corust-dev/corust/"
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	command := imports(t, "../../cmd/corust/*.go")
	suite := regexp.MustCompile(`storetest\.Run\(t, `)
	stores := 0
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || name == "storetest" || name == "testdata" {
			continue
		}
		stores++
		tests, err := filepath.Glob(filepath.Join(name, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		passes := false
		for _, file := range tests {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			passes = passes || suite.Match(text)
		}
		if !passes {
			t.Errorf("collab/store/%s: no test calls storetest.Run", name)
		}
		if !command[module+"collab/store/"+name] {
			t.Errorf("collab/store/%s: cmd/corust does not import it, so nobody can choose it", name)
		}
	}
	if stores < 2 {
		t.Errorf("found %d stores: this test looks in the wrong place", stores)
	}
}

// imports are the packages that files import.
func imports(t *testing.T, pattern string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	out := map[string]bool{}
	for _, file := range files {
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range source.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			out[path] = true
		}
	}
	return out
}
