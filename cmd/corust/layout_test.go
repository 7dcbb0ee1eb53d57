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

// parts are the packages that know nothing of each other, except that playground and rest
// translate requests to those of runner; this command joins them.
var parts = []string{"runner", "crates", "images", "collab", "playground", "rest"}

// sourceFile is a Go file with the packages of the module that it imports, as paths in
// the module.
type sourceFile struct {
	name    string
	imports []string
}

func (f sourceFile) dir() string { return path.Dir(f.name) }

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// TestLayout holds the import graph to the architecture.
func TestLayout(t *testing.T) {
	t.Parallel()
	var files []sourceFile
	var dockerFiles []string
	forTests := map[string]bool{} // packages that are made of package testing
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
		rel, err := filepath.Rel("../..", name)
		if err != nil {
			return err
		}
		file := sourceFile{name: filepath.ToSlash(rel)}
		source, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range source.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasPrefix(imported, "github.com/moby/moby/") {
				dockerFiles = append(dockerFiles, file.name)
			}
			if imported == "testing" && !file.isTest() {
				forTests[file.dir()] = true
			}
			if imported == "github.com/BurntSushi/toml" && strings.HasPrefix(file.name, "runner/rustc/") {
				t.Errorf("%s reads untrusted TOML with a decoder whose time is quadratic", file.name)
			}
			if pkg, ours := strings.CutPrefix(imported, module); ours {
				file.imports = append(file.imports, pkg)
			}
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files were looked at", len(files))
	}
	for _, file := range dockerFiles {
		if file != "internal/engine/engine.go" {
			t.Errorf("%s imports the engine's client, which only internal/engine/engine.go may", file)
		}
	}
	if len(dockerFiles) == 0 {
		t.Error("no file imports the engine's client: this test looks for the wrong thing")
	}
	imports := map[string][]string{} // of packages, without their tests
	for _, file := range files {
		if !file.isTest() {
			imports[file.dir()] = append(imports[file.dir()], file.imports...)
		}
	}
	if len(forTests) == 0 {
		t.Error("no package imports testing: this test looks for the wrong thing")
	}
	for pkg := range reached(imports, "cmd/corust") {
		if forTests[pkg] {
			t.Errorf("the command contains %s, which imports testing", pkg)
		}
		if strings.HasPrefix(pkg, "internal/test/") {
			t.Errorf("the command contains %s, which measures and tests it", pkg)
		}
	}
	for _, file := range files {
		for _, pkg := range file.imports {
			checkImport(t, file, pkg, reached(imports, pkg))
		}
	}
}

// reached returns a package and those that it imports, directly or indirectly.
func reached(imports map[string][]string, pkg string) map[string]bool {
	seen := map[string]bool{}
	for todo := []string{pkg}; len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[next] {
			seen[next] = true
			todo = append(todo, imports[next]...)
		}
	}
	return seen
}

// checkImport reports an import that the architecture does not have, be it by way
// of a package that belongs to no part.
func checkImport(t *testing.T, file sourceFile, pkg string, reached map[string]bool) {
	t.Helper()
	first := func(path string) string {
		part, _, _ := strings.Cut(path, "/")
		return part
	}
	from := first(file.name)
	for other := range reached {
		for _, a := range parts {
			for _, b := range parts {
				if from == a && first(other) == b && a != b && !((a == "playground" || a == "rest") && b == "runner") {
					t.Errorf("%s imports %s, and so %s: %s and %s know nothing of each other", file.name, pkg, other, a, b)
				}
			}
		}
	}
	if first(pkg) == "cmd" {
		t.Errorf("%s imports a command", file.name)
	}
	if pkg == "internal/boxenv" && len(reached) == 1 {
		return // data that imports nothing
	}
	if alone := file.dir(); !file.isTest() && (alone == "runner/agent" || alone == "collab/ot") {
		t.Errorf("%s imports %s: %s stands alone", file.name, pkg, alone)
	}
}
