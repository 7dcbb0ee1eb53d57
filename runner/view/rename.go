package view

import "strings"

// renamer demangles the symbols in a text. Each symbol is demangled once, and the results
// may not be much longer than the text: hostile symbols stay mangled.
type renamer struct {
	names Names
	known map[string]renamed
	// room is how many bytes of readable names there may still be.
	room      int
	exhausted bool
}

// renamed is a name whose part from at is a symbol, or -1 if it has none.
type renamed struct {
	at       int
	readable string
}

// growth is how many times longer a text may become, and roomLeast how much it may grow at
// least, in bytes.
const (
	growth    = 8
	roomLeast = 1 << 20
)

// maxAttempts is how many parts of one name may look like a symbol.
const maxAttempts = 4

func newRenamer(n Names, size int) renamer {
	return renamer{names: n, known: map[string]renamed{}, room: roomLeast + growth*size}
}

// readable returns where in a name a mangled symbol begins, which extends to the end of
// the name, and its readable form; or -1. In names that the compiler makes of others, such
// as .Lswitch.table.X, the symbol follows a period.
func (r *renamer) readable(name string) (at int, readable string) {
	if r.names != Short && r.names != Verbose {
		return -1, ""
	}
	at = mangledAt(name, 0)
	if at < 0 {
		return -1, ""
	}
	k, ok := r.known[name]
	if !ok {
		k.at = -1
		for range maxAttempts {
			text, used, ok := demangle(name[at:], r.names == Verbose, min(r.room, MaxText))
			r.room -= used
			if ok {
				k = renamed{at, clean(text)}
				break
			}
			if at = mangledAt(name, at+1); at < 0 {
				break
			}
		}
		r.known[name] = k
	}
	if k.at < 0 {
		return -1, ""
	}
	if r.room -= len(k.readable); r.room < 0 {
		r.exhausted = true
		return -1, ""
	}
	return k.at, k.readable
}

// text returns a text with readable names.
func (r *renamer) text(s string) string {
	var out strings.Builder
	done := 0
	names := scanner{line: s}
	for n, ok := names.next(); ok; n, ok = names.next() {
		if at, readable := r.readable(s[n.start:n.end]); at >= 0 {
			out.WriteString(s[done : n.start+at])
			out.WriteString(readable)
			done = n.end
		}
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// mangledAt returns where a mangled symbol may begin in a name at i or later: at the
// beginning or after a period.
func mangledAt(name string, i int) int {
	for i < len(name) {
		if i == 0 || name[i-1] == '.' {
			for _, prefix := range []string{"_ZN", "_R", "__ZN", "__R"} {
				if strings.HasPrefix(name[i:], prefix) {
					return i
				}
			}
		}
		next := strings.IndexByte(name[i:], '.')
		if next < 0 {
			return -1
		}
		i += next + 1
	}
	return -1
}
