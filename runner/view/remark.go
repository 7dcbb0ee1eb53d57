package view

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Remark is what an optimization pass of LLVM reports about a place.
type Remark struct {
	Kind RemarkKind `json:"kind"`
	// Pass is the name of the pass, such as inline or loop-vectorize.
	Pass string `json:"pass"`
	// Function is the function that the pass worked on, or empty if the message does not
	// name it.
	Function string `json:"function,omitempty"`
	// File is the name in the request for a file of the user, and the compiler's path for
	// any other. It is empty if the place is unknown; then Line is 0.
	File   string `json:"file,omitempty"`
	User   bool   `json:"user,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Message has one line or more, of which the first says what happened.
	Message string `json:"message"`
	// Count is how often the remark was made: once for each instance of a generic
	// function, for example.
	Count int `json:"count"`
}

// RemarkKind is what a remark reports.
type RemarkKind string

// The kinds of remarks.
const (
	Passed   RemarkKind = "passed"   // the program was changed
	Missed   RemarkKind = "missed"   // it could not be changed
	Analysis RemarkKind = "analysis" // why, or a measurement
)

// remarkKinds has the kinds by rustc's words for them.
var remarkKinds = map[string]RemarkKind{
	"success": Passed, "missed": Missed, "failure": Missed,
	"analysis": Analysis, "floating-point": Analysis, "aliasing": Analysis, "other": Analysis,
}

// MaxRemarks is how many remarks a list has at most.
const MaxRemarks = 10_000

// RemarkOptions say which remarks to list.
type RemarkOptions struct {
	Names Names
	// Files and Dir tell the user's files, as in AssemblyOptions.
	Files []string
	Dir   string
	// Library lists the remarks about other files and unknown places, too.
	Library bool
}

// RemarkList is a list of remarks, sorted by place: those about the user's files come
// first. All remarks differ.
type RemarkList struct {
	Remarks []Remark `json:"remarks"`
	Notices []string `json:"notices,omitempty"`
}

// NoticeManyRemarks is the notice of a list that is not complete.
const NoticeManyRemarks = "There are more remarks than are shown."

// Remarks reads the remarks among the messages that rustc writes with
// --error-format=json and -C remark, one a line. Other lines are skipped.
func Remarks(messages []byte, o RemarkOptions) *RemarkList {
	list := &RemarkList{Remarks: []Remark{}}
	places := sources{options: AssemblyOptions{Files: o.Files, Dir: o.Dir}}
	names := newRenamer(o.Names, len(messages))
	index := map[Remark]int{}
	for line := range bytes.Lines(messages) {
		var m struct{ Level, Message string }
		if json.Unmarshal(line, &m) != nil || m.Level != "note" {
			continue
		}
		r, ok := parseRemark(m.Message, &places, &names)
		if !ok || !r.User && !o.Library {
			continue
		}
		i, known := index[r]
		if !known {
			if len(list.Remarks) == MaxRemarks {
				list.Notices = append(list.Notices, NoticeManyRemarks)
				break
			}
			i = len(list.Remarks)
			index[r] = i
			list.Remarks = append(list.Remarks, r)
		}
		list.Remarks[i].Count++
	}
	slices.SortStableFunc(list.Remarks, func(a, b Remark) int {
		switch {
		case a.User != b.User && a.User:
			return -1
		case a.User != b.User:
			return 1
		}
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// parseRemark reads a message of the form FILE:LINE:COLUMN PASS (KIND): TEXT.
func parseRemark(message string, places *sources, names *renamer) (r Remark, ok bool) {
	head, text, ok := strings.Cut(message, "): ")
	if !ok {
		return r, false
	}
	head, kind, ok := cutLast(head, " (")
	if r.Kind = remarkKinds[kind]; !ok || r.Kind == "" {
		return r, false
	}
	place, pass, ok := cutLast(head, " ")
	if !ok || pass == "" {
		return r, false
	}
	place, column, ok1 := cutLast(place, ":")
	place, line, ok2 := cutLast(place, ":")
	l, err1 := strconv.ParseUint(line, 10, 31)
	c, err2 := strconv.ParseUint(column, 10, 31)
	if !ok1 || !ok2 || err1 != nil || err2 != nil {
		return r, false
	}
	if l > 0 {
		f := places.file("", place)
		r.File, r.User, r.Line, r.Column = short(clean(f.Name)), f.User, int(l), int(c)
	}
	r.Pass = short(clean(pass))
	text = clean(strings.TrimRight(strings.TrimSpace(text), ";"))
	r.Function = short(names.text(functionOf(text)))
	r.Message = short(names.text(text))
	return r, true
}

// functionOf returns the function that a message says it is about, or "".
func functionOf(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	for _, before := range []string{" inlined into ", " in function ", "Function: "} {
		if _, rest, ok := strings.Cut(message, before); ok {
			rest = strings.TrimPrefix(rest, "'")
			end := strings.IndexAny(rest, "' ,;")
			if end < 0 {
				end = len(rest)
			}
			return rest[:end]
		}
	}
	return ""
}

// cutLast cuts a string at the last separator.
func cutLast(s, separator string) (before, after string, ok bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}
