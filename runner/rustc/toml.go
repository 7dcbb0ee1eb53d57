package rustc

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Bounds of an untrusted TOML document. It is parsed outside of any box, so the cost of
// parsing must not depend on its shape: a decoder that compares each key with
// its neighbours, or recurses into each bracket, is quadratic in what it is given.
const (
	maxManifest   = 64 << 10 // bytes
	maxKeyParts   = 8        // of a dotted key; target.'cfg(…)'.dependencies.x.features has 5
	maxTOMLDepth  = 16       // of nested arrays and inline tables
	maxTOMLValues = 2048     // keys, table headers and elements together
)

// A tomlError is a fault of a document and the line, from 1, that it is in; 0 where the
// decoder does not say.
type tomlError struct {
	Line   int
	Reason string
}

func (e *tomlError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// parseTOML parses an untrusted TOML 1.0 document in bounded time and memory. An error in
// the document is a *tomlError.
func parseTOML(doc []byte) (map[string]any, error) {
	if err := boundTOML(doc); err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := toml.Unmarshal(doc, &tree); err != nil {
		line := 0
		var derr *toml.DecodeError
		if errors.As(err, &derr) {
			line, _ = derr.Position()
		}
		return nil, &tomlError{line, strings.TrimPrefix(err.Error(), "toml: ")}
	}
	return tree, nil
}

// boundTOML refuses a document beyond the bounds, in one pass. It reads valid TOML as
// a decoder does, so the two agree up to the first fault, where a decoder stops.
func boundTOML(doc []byte) error {
	if len(doc) > maxManifest {
		return &tomlError{0, fmt.Sprintf("%d bytes, at most %d are read", len(doc), maxManifest)}
	}
	line, depth, dots, values := 1, 0, 0, 0
	fault := func(format string, args ...any) error { return &tomlError{line, fmt.Sprintf(format, args...)} }
	for i := 0; i < len(doc); {
		switch c := doc[i]; c {
		case '"', '\'':
			n := tomlString(doc[i:])
			line += bytes.Count(doc[i:i+n], []byte("\n"))
			i += n
			continue
		case '#':
			if n := bytes.IndexByte(doc[i:], '\n'); n >= 0 {
				i += n
				continue
			}
			i = len(doc)
			continue
		case '.':
			dots++
		case ' ', '\t', '\r': // may stand around a dot
		case '\n':
			line++
			dots = 0
		case '=', ',':
			values++
			dots = 0
		case '[', '{':
			values++
			depth++
			dots = 0
		case ']', '}':
			depth--
			dots = 0
		}
		switch i++; {
		case dots >= maxKeyParts:
			return fault("a key has more than %d parts", maxKeyParts)
		case depth > maxTOMLDepth:
			return fault("arrays and tables are nested more than %d deep", maxTOMLDepth)
		case values > maxTOMLValues:
			return fault("there are more than %d keys and elements", maxTOMLValues)
		}
	}
	return nil
}

// tomlString is the length of the string that doc begins with. One that is not closed
// ends with its line or, if it may have several, with the document.
func tomlString(doc []byte) int {
	quote := doc[0]
	multi := len(doc) >= 3 && doc[1] == quote && doc[2] == quote
	i := 1
	if multi {
		i = 3
	}
	for i < len(doc) {
		switch c := doc[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == '\n' && !multi:
			return i
		case c == quote && !multi:
			return i + 1
		case c == quote && i+2 < len(doc) && doc[i+1] == quote && doc[i+2] == quote:
			// Up to two quotes more belong to the text: the last three close it.
			for i += 3; i < len(doc) && doc[i] == quote; i++ {
			}
			return i
		}
		i++
	}
	return len(doc)
}
