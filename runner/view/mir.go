package view

import "strings"

// MIR reads what rustc --emit mir writes. Sources come from its comments, which it has with
// -Zmir-include-spans. Filters mean the same as for assembly, as far as there are such
// lines: Comments hides comments, also those behind a statement.
func MIR(text []byte, o AssemblyOptions) *Listing {
	lines := splitLines(text, o.Cut)
	places := newSources(o)
	files := map[string]int{}
	b := newBuilder(Mangled, 0, nil, func(string) bool { return false })
	b.code = true
	for _, line := range lines {
		statement, comment, ok := cutLast(line, "// ")
		var source Source
		if ok {
			var path string
			if path, source = mirPlace(comment); source.Line > 0 {
				file, known := files[path]
				if !known {
					file = len(b.sources)
					files[path] = file
					b.sources, b.used = append(b.sources, places.file("", path)), append(b.used, 0)
				}
				source.File = file
			}
		}
		bare := ok && strings.TrimLeft(statement, " ") == ""
		switch {
		case o.Filters.Comments && bare:
			continue
		case o.Filters.Comments && source.Line > 0:
			line = strings.TrimRight(statement, " ")
		case o.Filters.Blank && strings.TrimLeft(line, " \t") == "":
			b.blank()
			continue
		}
		if bare {
			source = Source{}
		}
		b.put(line, source, "", &scanner{})
	}
	return b.done(o.Cut || len(lines) == MaxLines)
}

// mirPlace reads the place at the end of a comment such as "scope 0 at FILE:3:5: 3:6".
func mirPlace(comment string) (path string, s Source) {
	if !strings.HasPrefix(comment, "scope ") && !strings.HasPrefix(comment, "in scope ") && !strings.HasPrefix(comment, "return place in scope ") {
		return "", s
	}
	_, place, ok := strings.Cut(comment, " at ")
	place, _, ok2 := cutLast(place, ": ") // the end of the place
	if !ok || !ok2 {
		return "", s
	}
	place, column, _ := cutLast(place, ":")
	path, line, _ := cutLast(place, ":")
	s.Line, s.Column = positive(line), positive(column)
	return path, s
}
