package shellwords

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Line  string
		Words []string // null if a quote is not closed
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		got, err := Split(c.Line)
		if (err != nil) != (c.Words == nil) || !slices.Equal(got, c.Words) {
			t.Errorf("%q: %q, %v, want %q", c.Line, got, err, c.Words)
		}
	}
}

// Bytes that are not UTF-8 stay as they are.
func TestSplitKeepsBytes(t *testing.T) {
	t.Parallel()
	want := []string{"a\xff", "\xfe b", "\xfd"}
	if got, err := Split("a\xff '\xfe b' \\\xfd"); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
