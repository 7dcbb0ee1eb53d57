package judge

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/corust-dev/corust/runner"
)

// Mode is how outputs are compared.
type Mode string

// The modes.
const (
	// ModeLines ignores white space at the ends of lines, and empty lines at the end.
	ModeLines Mode = "lines"
	// ModeExact wants the same bytes.
	ModeExact Mode = "exact"
	// ModeTokens wants the same words, however white space separates them.
	ModeTokens Mode = "tokens"
	// ModeFloat is ModeTokens, where numbers may differ by the tolerance.
	ModeFloat Mode = "float"
)

// Modes lists the modes.
var Modes = []Mode{ModeLines, ModeExact, ModeTokens, ModeFloat}

// Comparison decides whether an output is right.
type Comparison struct {
	Mode Mode
	// Tolerance is how much a number may differ with ModeFloat: absolutely, or relatively
	// to the answer if that allows more.
	Tolerance float64
}

// Check returns an *runner.InvalidError if the mode is unknown, or the tolerance negative or not
// a number.
func (c Comparison) Check() error {
	switch {
	case !slices.Contains(Modes, c.Mode):
		return &runner.InvalidError{Field: "compare", Reason: fmt.Sprintf("%.40q (want one of %s, %s, %s and %s)", c.Mode, ModeLines, ModeExact, ModeTokens, ModeFloat)}
	case !(c.Tolerance >= 0): // not a number, too
		return &runner.InvalidError{Field: "tolerance", Reason: fmt.Sprintf("%v (want something like 1e-6)", c.Tolerance)}
	}
	return nil
}

// Difference compares an output with the answer. It returns the first difference, in one
// line, or "" if the output is right.
func (c Comparison) Difference(output, answer []byte) string {
	switch c.Mode {
	case ModeExact:
		if bytes.Equal(output, answer) {
			return ""
		}
		return lines(output, answer, func(line []byte) []byte { return line }, true)
	case ModeTokens, ModeFloat:
		return c.tokens(output, answer)
	default:
		trim := func(line []byte) []byte { return bytes.TrimRight(line, space) }
		return lines(bytes.TrimRight(output, space), bytes.TrimRight(answer, space), trim, false)
	}
}

// space is what counts as white space.
const space = " \t\r\n\v\f"

// lines compares line by line. With ends, a missing end of a line is a difference.
func lines(output, answer []byte, trim func([]byte) []byte, ends bool) string {
	for n := 1; len(output) > 0 || len(answer) > 0; n++ {
		got, output2, gotEnd := bytes.Cut(output, []byte("\n"))
		want, answer2, wantEnd := bytes.Cut(answer, []byte("\n"))
		switch {
		case len(answer) == 0:
			return fmt.Sprintf("line %d: got %s, want the end", n, quote(got))
		case len(output) == 0:
			return fmt.Sprintf("line %d: got the end, want %s", n, quote(want))
		case !bytes.Equal(trim(got), trim(want)):
			return fmt.Sprintf("line %d: got %s, want %s", n, quote(got), quote(want))
		case ends && gotEnd != wantEnd:
			return fmt.Sprintf("line %d: want the end of the line to be %t, and it is %t", n, wantEnd, gotEnd)
		}
		output, answer = output2, answer2
	}
	return ""
}

// tokens compares word by word.
func (c Comparison) tokens(output, answer []byte) string {
	for n := 1; ; n++ {
		got, rest := word(output)
		want, restOfAnswer := word(answer)
		switch {
		case got == nil && want == nil:
			return ""
		case want == nil:
			return fmt.Sprintf("word %d: got %s, want the end", n, quote(got))
		case got == nil:
			return fmt.Sprintf("word %d: got the end, want %s", n, quote(want))
		case !bytes.Equal(got, want) && (c.Mode != ModeFloat || !c.near(got, want)):
			return fmt.Sprintf("word %d: got %s, want %s", n, quote(got), quote(want))
		}
		output, answer = rest, restOfAnswer
	}
}

// word returns the first word of a text and what follows it; nil if there is none.
func word(text []byte) (first, rest []byte) {
	text = bytes.TrimLeft(text, space)
	if len(text) == 0 {
		return nil, nil
	}
	if i := bytes.IndexAny(text, space); i >= 0 {
		return text[:i], text[i:]
	}
	return text, nil
}

// near reports whether two words are numbers within the tolerance.
func (c Comparison) near(got, want []byte) bool {
	x, err := strconv.ParseFloat(string(got), 64)
	if err != nil {
		return false
	}
	y, err := strconv.ParseFloat(string(want), 64)
	if err != nil {
		return false
	}
	if math.IsNaN(x) || math.IsNaN(y) {
		return math.IsNaN(x) && math.IsNaN(y)
	}
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return x == y
	}
	return math.Abs(x-y) <= c.Tolerance*max(1, math.Abs(y))
}

// quoted is the most bytes of a difference that are shown.
const quoted = 60

// quote shows a part of an output.
func quote(text []byte) string {
	if len(text) > quoted {
		return strconv.Quote(string(text[:quoted])) + "…"
	}
	return strconv.Quote(string(text))
}
