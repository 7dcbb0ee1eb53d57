// Package shellwords splits a line into words as a shell does, for options that people type.
package shellwords

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Split splits a line at white space. Single and double quotes keep white space in a word,
// and so does a backslash, which between double quotes is one only in front of a double
// quote or another backslash. Nothing is expanded. A quote that is not closed is an error.
//
// The page splits in the same way, by words in collab/web/src/run/options.ts;
// testdata/cases.json has the cases that both must pass.
func Split(line string) ([]string, error) {
	var list []string
	var word strings.Builder
	in, quote := false, rune(0)
	for i := 0; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		rest := line[i+size:]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && (quote == 0 && rest != "" || quote == '"' && rest != "" && (rest[0] == '"' || rest[0] == '\\')):
			i, in = i+size, true
			_, size = utf8.DecodeRuneInString(rest)
			word.WriteString(rest[:size])
		case quote == 0 && (c == '\'' || c == '"'):
			in, quote = true, c
		case quote == 0 && isSpace(c):
			if in {
				list = append(list, word.String())
			}
			word.Reset()
			in = false
		default:
			word.WriteString(line[i : i+size])
			in = true
		}
		i += size
	}
	if quote != 0 {
		return nil, fmt.Errorf("the quote %c is not closed", quote)
	}
	if in {
		list = append(list, word.String())
	}
	return list, nil
}

// isSpace reports what \s matches in JavaScript.
func isSpace(c rune) bool { return c == '\ufeff' || c != '\u0085' && unicode.IsSpace(c) }
