package main

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestLayoutOfCollab holds the packages of collab to the table in docs/design.md, whose
// last column lists all packages of the module that each may import. So the arrows
// between them point one way. A package below one of the table, such as
// collab/store/sqlite, may import that one and the packages that it may import.
func TestLayoutOfCollab(t *testing.T) {
	t.Parallel()
	table := packageTable(t)
	var files []string
	for _, depth := range []string{"*.go", "*/*.go", "*/*/*.go"} {
		more, err := filepath.Glob("../../collab/" + depth)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	seen := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "node_modules") {
			continue
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), "../../")
		row := pkg
		for strings.Count(row, "/") > 1 && table[row] == nil {
			row = path.Dir(row)
		}
		allowed, ok := table[row]
		if !ok {
			t.Errorf("%s is not in the table of packages in docs/design.md: add it, with what it may import", pkg)
			continue
		}
		seen[row] = true
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			other, ours := strings.CutPrefix(imported, module)
			if !ours || slices.Contains(allowed, other) || row != pkg && (other == row || strings.HasPrefix(other, row+"/")) {
				continue
			}
			t.Errorf("%s imports %s: by docs/design.md, %s may import %s", strings.TrimPrefix(name, "../../"), other, row, strings.Join(allowed, ", "))
		}
	}
	for pkg := range table {
		if !seen[pkg] {
			t.Errorf("docs/design.md lists %s, which is not there", pkg)
		}
	}
}

// packageTable reads which packages those of collab may import.
func packageTable(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	name := regexp.MustCompile("`([^`]+)`")
	for _, row := range regexp.MustCompile("(?m)^\\| `(collab[a-z/]*)` \\|.*\\| (.*) \\|$").FindAllSubmatch(page, -1) {
		allowed := []string{}
		for _, m := range name.FindAllSubmatch(row[2], -1) {
			allowed = append(allowed, string(m[1]))
		}
		table[string(row[1])] = allowed
	}
	if len(table) < 8 {
		t.Fatalf("docs/design.md lists %d packages of collab: this test looks for the wrong thing", len(table))
	}
	return table
}
