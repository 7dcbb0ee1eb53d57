package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// Request is the body of POST /api/v1/run. A field that is absent stands for its
// default, the one of the server's configuration.
type Request struct {
	// Source is the text of the only file; Files are the files of a program with several.
	// One of the two is required.
	Source *string `json:"source,omitempty"`
	Files  []File  `json:"files,omitempty"`
	// Main is the file that is compiled, main.rs by default.
	Main string `json:"main,omitempty"`

	Action    runner.Action    `json:"action,omitempty"`
	Views     []runner.Action  `json:"views,omitempty"`
	AsmSyntax runner.AsmSyntax `json:"asm_syntax,omitempty"`
	Miri      runner.Miri      `json:"miri,omitzero"`
	Mode      runner.Mode      `json:"mode,omitempty"`
	Edition   runner.Edition   `json:"edition,omitempty"`
	Channel   runner.Channel   `json:"channel,omitempty"`
	CrateType runner.CrateType `json:"crate_type,omitempty"`
	Flags     []string         `json:"flags,omitempty"`

	// Args and Env are for the program; an entry of Env is KEY=value. Backtrace sets
	// RUST_BACKTRACE=1, unless Env sets the variable.
	Args      []string `json:"args,omitempty"`
	Env       []string `json:"env,omitempty"`
	Backtrace bool     `json:"backtrace,omitempty"`
	// Stdin is all that the program reads. StdinBase64 is for input that is not text.
	Stdin       string `json:"stdin,omitempty"`
	StdinBase64 []byte `json:"stdin_base64,omitempty"`

	Limits Limits `json:"limits,omitzero"`
	// Cache is CacheOff or CacheResults, or empty for compiled programs only.
	Cache string `json:"cache,omitempty"`
}

// The values of Request.Cache.
const (
	CacheOff     = "off"     // take nothing from earlier runs and leave nothing
	CacheResults = "results" // also take the whole result
)

// File is a file of a request. Base64 is for content that is not text.
type File struct {
	Name    string `json:"name"`
	Content string `json:"content,omitempty"`
	Base64  []byte `json:"base64,omitempty"`
}

// Limits are limits by their names in the table of limits. A value is a number in the
// limit's unit, or text as in the configuration: "256MiB", "2s". Times are text.
type Limits runner.Limits

// UnmarshalJSON implements json.Unmarshaler.
func (l *Limits) UnmarshalJSON(data []byte) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return errors.New("limits: want an object of names and amounts")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		row, ok := runner.LimitNamed(name)
		if !ok {
			var names []string
			for _, row := range runner.LimitTable() {
				names = append(names, row.Name)
			}
			return fmt.Errorf("limits: unknown limit %.40q (want one of %s)", name, strings.Join(names, ", "))
		}
		value := bytes.TrimSpace(values[name])
		text := string(value)
		if text == "null" {
			continue
		}
		if value[0] == '"' {
			if err := json.Unmarshal(value, &text); err != nil {
				return fmt.Errorf("limits.%s: %w", name, err)
			}
		}
		if len(text) > maxAmount {
			return fmt.Errorf("limits.%s: invalid amount %.40q", name, text)
		}
		n, err := row.Parse(text)
		var bounds *runner.InvalidError // which names the limit
		switch {
		case errors.As(err, &bounds):
			return err
		case err != nil:
			return fmt.Errorf("limits.%s: %w", name, err)
		}
		row.Set((*runner.Limits)(l), n)
	}
	return nil
}

// maxAmount is the most bytes of an amount.
const maxAmount = 64

// request returns the runner's request, without its owner, and the input. The limits may be
// no higher than max.
func (r *Request) request(max runner.Limits) (runner.Request, []byte, error) {
	invalid := func(field, format string, args ...any) (runner.Request, []byte, error) {
		return runner.Request{}, nil, &runner.InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	limits := runner.Limits(r.Limits)
	if err := limits.Check(max); err != nil {
		return runner.Request{}, nil, err
	}
	if r.Cache != "" && r.Cache != CacheOff && r.Cache != CacheResults {
		return invalid("cache", "%.40q (want %s or %s)", r.Cache, CacheOff, CacheResults)
	}
	req := runner.Request{
		Cache:  runner.Cache{Off: r.Cache == CacheOff, Results: r.Cache == CacheResults},
		Action: r.Action, Views: r.Views, AsmSyntax: r.AsmSyntax, Miri: r.Miri, Main: r.Main,
		Mode: r.Mode, Edition: r.Edition, Channel: r.Channel, CrateType: r.CrateType, Flags: r.Flags,
		Args: r.Args, Env: r.Env, Diagnostics: true, Limits: limits,
	}
	switch {
	case r.Source != nil && r.Files != nil:
		return invalid("source", "give source, or files, and not both")
	case r.Source != nil && r.Main != "":
		req.Files = []runner.File{{Name: r.Main, Data: []byte(*r.Source)}}
	case r.Source != nil:
		req.Files = []runner.File{{Name: runner.MainFile, Data: []byte(*r.Source)}}
	case len(r.Files) == 0:
		return invalid("files", `nothing to compile (want "source", or "files" with %q)`, runner.MainFile)
	}
	for _, f := range r.Files {
		if f.Content != "" && f.Base64 != nil {
			return invalid("files", "%.80q has content and base64 (want one of them)", f.Name)
		}
		data := f.Base64
		if data == nil {
			data = []byte(f.Content)
		}
		req.Files = append(req.Files, runner.File{Name: f.Name, Data: data})
	}
	if r.Backtrace && !slices.ContainsFunc(r.Env, func(e string) bool { return strings.HasPrefix(e, backtrace+"=") }) {
		req.Env = append(slices.Clone(req.Env), backtrace+"=1")
	}
	if r.Stdin != "" && r.StdinBase64 != nil {
		return invalid("stdin", "give stdin, or stdin_base64, and not both")
	}
	if r.StdinBase64 != nil {
		return req, r.StdinBase64, nil
	}
	return req, []byte(r.Stdin), nil
}

// backtrace is the variable that makes panics print where they come from.
const backtrace = "RUST_BACKTRACE"
