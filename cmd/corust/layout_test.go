package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/corust-dev/corust/"

// parts are the packages that know nothing of each other; this command joins
// them.
var parts = []string{"runner", "crates", "images", "collab"}

// TestLayout holds the import graph to the architecture.
func TestLayout(t *testing.T) {
	t.Parallel()
	var dockerFiles []string
	files := 0
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		files++
		rel, err := filepath.Rel("../..", name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		source, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range source.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasPrefix(imported, "github.com/docker/docker/") {
				dockerFiles = append(dockerFiles, rel)
			}
			checkImport(t, rel, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files were looked at", files)
	}
	for _, file := range dockerFiles {
		if file != "internal/engine/engine.go" {
			t.Errorf("%s imports the engine's client, which only internal/engine/engine.go may", file)
		}
	}
	if len(dockerFiles) == 0 {
		t.Error("no file imports the engine's client: this test looks for the wrong thing")
	}
}

// checkImport reports an import that the architecture does not have.
func checkImport(t *testing.T, file, imported string) {
	t.Helper()
	pkg, ours := strings.CutPrefix(imported, module)
	if !ours {
		return
	}
	from, _, _ := strings.Cut(file, "/")
	to, _, _ := strings.Cut(pkg, "/")
	for _, a := range parts {
		for _, b := range parts {
			if from == a && to == b && a != b {
				t.Errorf("%s imports %s: %s and %s know nothing of each other", file, pkg, a, b)
			}
		}
	}
	if to == "cmd" {
		t.Errorf("%s imports a command", file)
	}
	switch dir := path.Dir(file); {
	case dir == "runner/agent" && from == to && !strings.HasSuffix(file, "_test.go"):
		t.Errorf("%s imports %s: the agent stands alone", file, pkg)
	case dir == "collab/ot" && to == "collab" && !strings.HasSuffix(file, "_test.go"):
		t.Errorf("%s imports %s: ot stands alone", file, pkg)
	}
}
