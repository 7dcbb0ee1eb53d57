package view

import "slices"

// Hidden says which filters hide a line.
type Hidden uint8

// The filters that hide a line. HiddenLibraryLabels is a label that nothing needs once the
// library code is hidden: both filters together hide it.
const (
	HiddenDirectives Hidden = 1 << iota
	HiddenLabels
	HiddenComments
	HiddenLibrary
	HiddenLibraryLabels
	hiddenAlways // no listing has the line
)

// By reports whether filters hide the line. It does not know of blank lines.
func (h Hidden) By(f Filters) bool {
	return f.Directives && h&HiddenDirectives != 0 || f.Labels && h&HiddenLabels != 0 ||
		f.Comments && h&HiddenComments != 0 || f.Library && h&HiddenLibrary != 0 ||
		f.Labels && f.Library && h&HiddenLibraryLabels != 0
}

// MarkAssembly reads assembly as [Assembly] does. It keeps all lines, whatever the filters
// of the options are, and returns for each line which filters hide it. So a reader can
// switch filters without another reading.
func MarkAssembly(text []byte, o AssemblyOptions) (*Listing, []Hidden) {
	o.Filters = Filters{}
	a, cut := readAssembly(text, o)
	marks := make([]Hidden, len(a.lines))
	mark := func(f Filters, h Hidden) {
		for i, shown := range a.shown(f) {
			if !shown {
				marks[i] |= h
			}
		}
	}
	a.markUsed()
	mark(Filters{}, hiddenAlways)
	mark(Filters{Directives: true}, HiddenDirectives)
	mark(Filters{Labels: true}, HiddenLabels)
	mark(Filters{Comments: true}, HiddenComments)
	l := a.listing(cut)
	a.forgetUsed()
	a.hideLibrary()
	a.markUsed()
	mark(Filters{}, HiddenLibrary)
	mark(Filters{Labels: true}, HiddenLibraryLabels)
	return l, slices.DeleteFunc(marks, func(h Hidden) bool { return h&hiddenAlways != 0 })
}

// forgetUsed undoes markUsed.
func (a *assembly) forgetUsed() {
	for i := range a.symbols {
		a.symbols[i].used = false
	}
	for i := range a.groups {
		g := &a.groups[i]
		g.used, g.from, g.to = false, 0, 0
	}
	a.refs = nil
}
