package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// ledgerRow is a row of a table of docs/security.md, by the table's column names.
type ledgerRow struct {
	line  string
	cells map[string]string
}

// ledger returns the rows of the tables below the heading "## Ledger".
func ledger(t *testing.T) []ledgerRow {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n## Ledger\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var rows []ledgerRow
	var columns []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			columns = nil
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case columns == nil:
			columns = cells
		case strings.Trim(line, "|- ") == "":
		case len(cells) != len(columns):
			t.Errorf("%d cells, want %d: %s", len(cells), len(columns), line)
		default:
			row := ledgerRow{line, map[string]string{}}
			for i, name := range columns {
				row.cells[name] = cells[i]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// Every row of the ledger is complete, and every proof that it names exists.
func TestLedgerIsComplete(t *testing.T) {
	t.Parallel()
	rows := ledger(t)
	if len(rows) < 40 {
		t.Fatalf("the ledger has %d rows", len(rows))
	}
	exists := goTests(t)
	for _, p := range hostile(t) {
		exists[p.Name] = true
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, row := range rows {
		for column, cell := range row.cells {
			if cell == "" || cell == "-" || cell == "?" {
				t.Errorf("column %q is empty: %s", column, row.line)
			}
		}
		proofs := quoted.FindAllStringSubmatch(row.cells["proof"], -1)
		if len(proofs) == 0 {
			t.Errorf("no proof: %s", row.line)
		}
		for _, proof := range proofs {
			if !exists[proof[1]] {
				t.Errorf("proof %q is neither a hostile program nor a test: %s", proof[1], row.line)
			}
		}
	}
}

// Every hostile program after a resource that is shared (rows 6, 45 and 48) proves a
// row of the ledger.
func TestLedgerNamesEveryResource(t *testing.T) {
	t.Parallel()
	var proofs strings.Builder
	for _, row := range ledger(t) {
		proofs.WriteString(row.cells["proof"])
	}
	for _, p := range hostile(t) {
		for _, n := range p.Rows {
			if (n == 6 || n == 45 || n == 48) && !notResources[p.Name] && !strings.Contains(proofs.String(), "`"+p.Name+"`") {
				t.Errorf("%s (%s) proves no row of the ledger", p.Name, p.What())
			}
		}
	}
}

// notResources are programs of those rows about doors into the kernel.
var notResources = map[string]bool{"45-kernel": true, "45-int80": true, "45-x32": true}

// goTests returns the names of all tests and fuzz targets of the tree.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		for _, m := range function.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
