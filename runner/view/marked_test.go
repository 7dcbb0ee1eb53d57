package view

import (
	"strings"
	"testing"
)

// Every combination of filters leaves what Assembly leaves with them.
func TestMarksAreWhatTheFiltersHide(t *testing.T) {
	t.Parallel()
	for _, name := range samples {
		text := sample(t, name)
		all, marks := MarkAssembly(text, options(AllFilters))
		if len(marks) != len(all.Lines) {
			t.Fatalf("%s: %d marks of %d lines", name, len(marks), len(all.Lines))
		}
		for bits := range 16 {
			f := Filters{Directives: bits&1 != 0, Labels: bits&2 != 0, Comments: bits&4 != 0, Library: bits&8 != 0}
			var want, got strings.Builder
			for _, l := range Assembly(text, options(f)).Lines {
				want.WriteString(l.Text + "\n")
			}
			for i, l := range all.Lines {
				if !marks[i].By(f) {
					got.WriteString(l.Text + "\n")
				}
			}
			if got.String() != want.String() {
				t.Errorf("%s: %+v leaves\n%s\nwant\n%s", name, f, got.String(), want.String())
			}
		}
	}
}
