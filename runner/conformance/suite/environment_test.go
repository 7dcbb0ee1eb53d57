package suite

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// docs/boxes.md lists what is tested, and nothing else.
func TestBoxesPage(t *testing.T) {
	t.Parallel()
	const page = "../../../docs/boxes.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "## ") || strings.HasPrefix(line, "- ") {
			have = append(have, line)
		}
	}
	section := ""
	for _, p := range promised {
		if p.section != section {
			section = p.section
			want = append(want, "## "+section)
		}
		want = append(want, "- "+p.text)
	}
	if !slices.Equal(have, want) {
		t.Errorf("%s has other headings and items than the list that is tested. It should have\n%s", page, strings.Join(want, "\n"))
	}
}
