package main

import (
	"encoding/json"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/view"
)

// listing is a view for the page: its lines, and for assembly the filters that hide each,
// so that viewers switch filters without another run. Per-line members are lists of the same
// length, which take a third of the bytes that objects would.
type listing struct {
	// Files are the sources of lines; those of the user are marked.
	Files []view.File `json:"files"`
	Lines []string    `json:"lines"`
	// Files[Of[i]] line At[i] is the source of line i. At[i] is 0 if it has none.
	Of []int `json:"of"`
	At []int `json:"at"`
	// Hidden has a bit for each filter, in the order of Filters.
	Hidden  []int    `json:"hidden"`
	Filters []string `json:"filters"`
	// Links are symbols that the listing defines: line, start and end in UTF-16 units, and
	// the line of the definition.
	Links   [][4]int `json:"links"`
	Notices []string `json:"notices"`
}

// listingFilters names the bits of [view.Hidden].
var listingFilters = []string{"directives", "labels", "comments", "library", "library+labels"}

// listingOf returns the JSON of the listing of a product, nil if such products have none. The
// listing of assembly has all lines, that of another view the lines that all filters leave.
// files are the names of the user's files.
func listingOf(product string, text []byte, files []string, cut bool) ([]byte, error) {
	var l *view.Listing
	var hidden []view.Hidden
	var filters []string
	o := view.AssemblyOptions{Filters: view.AllFilters, Names: view.Short, Files: files, Cut: cut}
	switch runner.Action(product) {
	case runner.ActionAsm:
		l, hidden = view.MarkAssembly(text, o)
		filters = listingFilters
	case runner.ActionLLVMIR:
		l = view.LLVMIR(text, o)
	case runner.ActionMIR:
		l = view.MIR(text, o)
	default:
		return nil, nil
	}
	if hidden == nil {
		hidden, filters = make([]view.Hidden, len(l.Lines)), []string{}
	}
	out := listing{
		Files: l.Files, Lines: make([]string, len(l.Lines)), Of: make([]int, len(l.Lines)), At: make([]int, len(l.Lines)),
		Hidden: make([]int, len(l.Lines)), Filters: filters, Links: [][4]int{}, Notices: l.Notices,
	}
	for i, line := range l.Lines {
		out.Lines[i], out.Of[i], out.At[i], out.Hidden[i] = line.Text, line.Source.File, line.Source.Line, int(hidden[i])
		for _, s := range line.Symbols {
			if to, ok := l.Labels[s.Name]; ok && to != i {
				out.Links = append(out.Links, [4]int{i, s.Start, s.End, to})
			}
		}
	}
	return json.Marshal(out)
}
