package rustc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/shellwords"
	"github.com/corust-dev/corust/runner"
)

// maxHeader is how many bytes of a source, after its front matter, may hold options.
const maxHeader = 16 << 10

// sourceFlags are the flags of a "// corust:" line besides those of the table of flags.
// Each has a value; they are those of corust run.
var sourceFlags = []sourceFlag{
	{"--mode", func(c *runner.Choices, v string) error {
		c.Mode = runner.Mode(v)
		return runner.Options{Mode: c.Mode}.Check()
	}},
	{"--edition", func(c *runner.Choices, v string) error {
		c.Edition = runner.Edition(v)
		return runner.Options{Edition: c.Edition}.Check()
	}},
	{"--channel", func(c *runner.Choices, v string) error {
		c.Channel = runner.Channel(v)
		return c.Channel.Check()
	}},
	{"--crate-type", func(c *runner.Choices, v string) error {
		c.CrateType = runner.CrateType(v)
		if !slices.Contains(runner.CrateTypes, c.CrateType) {
			return fmt.Errorf("%.40q is not a crate type (want one of %s)", v, joined(runner.CrateTypes))
		}
		return nil
	}},
	{"--env", func(c *runner.Choices, v string) error {
		if key, _, ok := strings.Cut(v, "="); !ok || key == "" {
			return fmt.Errorf("%.40q is not KEY=value", v)
		}
		c.Env = append(c.Env, v)
		return nil
	}},
}

type sourceFlag struct {
	name string
	set  func(c *runner.Choices, value string) error
}

func joined[T ~string](list []T) string {
	var names []string
	for _, v := range list {
		names = append(names, string(v))
	}
	return strings.Join(names, ", ")
}

// SourceOptions implements runner.Planner. Options are in the comments before the first
// item, attribute or other token of the main file, after its front matter:
//
//	// corust: --mode debug -C overflow-checks=no --env KEY=value -- program arguments
//
// and in the headers of rustc's own tests (compile-flags, edition, run-flags, exec-env;
// others are ignored). Of two values for one option, the last one holds. For ActionFormat,
// a wrong option is a comment like any other.
func (p Planner) SourceOptions(req runner.Request) (runner.Choices, error) {
	i := slices.IndexFunc(req.Files, func(f runner.File) bool { return f.Name == req.Main })
	if i < 0 {
		return runner.Choices{}, nil
	}
	h := header{src: req.Files[i].Data}
	if fence, ok := findFence(h.src); ok {
		h.pos = fence.end
	} else {
		h.pos = preamble(h.src)
	}
	h.line = 1 + bytes.Count(h.src[:h.pos], []byte("\n"))
	if err := h.read(); err != nil && req.Action != runner.ActionFormat {
		var invalid *runner.InvalidError
		reason := err.Error()
		if errors.As(err, &invalid) && invalid.Field == "flags" {
			reason = invalid.Reason
		}
		return runner.Choices{}, &runner.InvalidError{Field: "files", Reason: fmt.Sprintf("%s:%d: %s", req.Main, h.line, reason), Err: err}
	}
	h.choices.Flags = h.flags.args()
	return h.choices, nil
}

// header reads the comments at the top of a source.
type header struct {
	src     []byte
	pos     int
	line    int // of pos, from 1
	choices runner.Choices
	flags   compilerFlags
}

func (h *header) read() error {
	for end := min(len(h.src), h.pos+maxHeader); h.pos < end; {
		rest := h.src[h.pos:]
		switch {
		case rest[0] == '\n':
			h.line++
			h.pos++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			h.pos++
		case bytes.HasPrefix(rest, []byte("//")):
			text, _ := cutLine(rest)
			if err := h.comment(string(text)); err != nil {
				return err
			}
			h.pos += len(text)
		case bytes.HasPrefix(rest, []byte("/*")):
			l := lexer{src: h.src, pos: h.pos}
			l.block()
			h.line += bytes.Count(h.src[h.pos:l.pos], []byte("\n"))
			h.pos = l.pos
		default:
			return nil
		}
	}
	return nil
}

// comment reads a line comment.
func (h *header) comment(text string) error {
	text = text[len("//"):]
	directive, compiletest := strings.CutPrefix(text, "@")
	name, value, ok := strings.Cut(strings.TrimLeft(directive, " \t"), ":")
	switch {
	case !ok:
		return nil
	case name == "corust" && !compiletest:
		return h.words(value)
	case name == "compile-flags":
		return h.words(value)
	case !compiletest:
		return nil
	}
	value = strings.TrimSpace(value)
	switch name {
	case "edition":
		value, _, _ = strings.Cut(value, "..") // the first of a range
		return h.set("--edition", value)
	case "run-flags":
		list, err := shellwords.Split(value)
		h.choices.Args = append(h.choices.Args, list...)
		return err
	case "exec-env":
		return h.set("--env", value)
	}
	return nil
}

// words reads options as on a command line.
func (h *header) words(text string) error {
	words, err := shellwords.Split(text)
	var more []string
	for _, f := range sourceFlags {
		more = append(more, f.name)
	}
	for err == nil && len(words) > 0 {
		name, value, attached := strings.Cut(words[0], "=")
		switch {
		case words[0] == "--":
			h.choices.Args = append(h.choices.Args, words[1:]...)
			return nil
		case !slices.Contains(more, name):
			words, err = h.flags.next(words, more)
		case attached:
			words, err = words[1:], h.set(name, value)
		case len(words) < 2:
			return fmt.Errorf("%q needs a value", name)
		default:
			err = h.set(name, words[1])
			words = words[2:]
		}
	}
	return err
}

func (h *header) set(name, value string) error {
	i := slices.IndexFunc(sourceFlags, func(f sourceFlag) bool { return f.name == name })
	return sourceFlags[i].set(&h.choices, value)
}
