package rustc

import (
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testbudget"
	"github.com/corust-dev/corust/runner"
)

// shapes are documents as a head, a repeated unit and a tail: the constructs whose cost
// may depend on what stands before them.
var shapes = []struct{ name, head, unit, tail string }{
	{"dotted key", "---\n[dependencies]\n", "a.", "b=\"1\"\n---\n"},
	{"spaced dotted key", "---\n[dependencies]\n", "a . ", "b=\"1\"\n---\n"},
	{"quoted dotted key", "---\n[dependencies]\n", "\"\".", "b=\"1\"\n---\n"},
	{"dotted header", "---\n[", "a.", "b]\n---\n"},
	{"inline tables", "---\nx = ", "{a=", "\n---\n"},
	{"arrays", "---\nx = ", "[", "\n---\n"},
	{"elements", "---\nx = [", "1,", "]\n---\n"},
	{"keys", "---\n", "a=1\n", "---\n"},
	{"headers", "---\n", "[a]\n", "---\n"},
	{"arrays of tables", "---\n", "[[a]]\n", "---\n"},
	{"nested arrays of tables", "---\n", "[[a]]\n[[a.b]]\n", "---\n"},
	{"quotes", "---\na = ", "\"", "\n---\n"},
	{"strings", "---\na = ", "\"\"\"", "\n---\n"},
	{"escapes", "---\na = \"", "\\u0041", "\"\n---\n"},
	{"comments", "---\n", "#\n", "---\n"},
	{"requirement", "---\n[dependencies]\na = \"", "1,", "\"\n---\n"},
	{"features", "---\n[features]\ndefault = [", "\"default\",", "]\n---\n"},
	{"entries of features", "---\n[features]\na = [", "\"b/c\",", "]\n[dependencies]\nb = \"1\"\n---\n"},
	{"lints", "---\n[lints.rust]\n", "a = \"warn\"\n", "---\n"},
	{"conditions", "---\n[lints.rust]\nunexpected_cfgs = { level = \"warn\", check-cfg = [", "\"cfg(a)\",", "] }\n---\n"},
	{"name", "---\n[dependencies]\n", "a", "=\"1\"\n---\n"},
	{"fences", "---\n", "----\n", "---\n"},
	{"dashes", "---\n", "-", "\n"},
	{"shebang", "#!", "/*", "\n"},
	{"block comments", "", "/*", ""},
	{"raw strings", "", "r#", ""},
	{"hashes", "", "r####\"", ""},
	{"groups", "use ", "a::{", ";"},
	{"paths", "", "a::", ""},
	{"macros", "", "a!(", ""},
	{"attributes", "", "#[a(\"b::c\")]", ""},
	{"inner attributes", "", "#![a]", ""},
	{"open inner attributes", "", "#![", ""},
	{"open uses", "", "use ", ""},
	{"item macros", "", "a!{}", ""},
	{"lifetimes", "", "'", ""},
	{"messages", "", "{\"message\":\"\n", ""},
	{"beginnings of messages", "", "{\"message\"", ""},
	{"spans", `{"message":"m","level":"error","rendered":"r","spans":[`, spanJSON("main.rs", 1, 2, "") + ",", "{}]}\n"},
	{"expansions", `{"message":"m","level":"error","rendered":"r","spans":[`, `{"expansion":{"span":`, "\n"},
	{"children", `{"message":"m","level":"error","rendered":"r","children":[`, `{"message":"m","level":"help"},`, "{}]}\n"},
	{"nested JSON", `{"message":"m","x":`, "[", "\n"},
	{"members", `{"message":"m"`, `,"spans":[]`, "}\n"},
}

// Everything that reads a source or a compiler's output outside of a box.
func checkBudget(t *testing.T, doc string) {
	t.Helper()
	data := []byte(doc)
	testbudget.Check(t, len(doc), func() {
		if fm, err := ParseFrontMatter(data); err == nil && fm != nil {
			fm.Meet(func(string) (Known, bool) { return Known{}, false }, true)
		}
	})
	testbudget.Check(t, len(doc), func() { _, _ = ParseManifest(data) })
	testbudget.Check(t, len(doc), func() { Mentions(data) })
	testbudget.Check(t, len(doc), func() { readRoot(data, [][]byte{data}) })
	testbudget.Check(t, len(doc), func() { Unlinked(data, []string{"a"}) })
	testbudget.Check(t, len(doc), func() {
		d := Messages{Main: "main.rs", Source: data}.Decode(func([]byte) {}, func(*runner.Diagnostic) {})
		d.Write(data)
		d.Close()
	})
}

// Not parallel, as what is allocated beside it would be counted.
func TestParsersStayInTheBudget(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			doc := testbudget.Fill(s.head, s.unit, s.tail)
			checkBudget(t, doc)
			if body, ok := strings.CutPrefix(doc, "---\n"); ok {
				checkBudget(t, strings.TrimSuffix(body, "---\n"))
			}
		})
	}
}

func FuzzBudget(f *testing.F) {
	for _, s := range shapes {
		f.Add(s.head, s.unit, s.tail)
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		checkBudget(t, testbudget.Fill(head, unit, tail))
		checkBudget(t, testbudget.Fill("---\n[dependencies]\n"+head, unit, tail+"\n---\n"))
	})
}
