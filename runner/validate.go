package runner

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner/agent"
)

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// prepare checks a request and fills in its defaults.
func (r *Runner) prepare(req Request) (Request, error) {
	if err := req.Limits.Check(r.cfg.MaxLimits); err != nil {
		return req, err
	}
	req.Limits = req.Limits.Or(r.cfg.Limits)
	pick(&req.Main, MainFile)
	pick(&req.AsmSyntax, AsmIntel)
	if err := checkFiles(req.Files, req.Main); err != nil {
		return req, err
	}
	source, err := r.cfg.Planner.SourceOptions(req)
	if err != nil {
		return req, err
	}
	req = req.resolve(source, r.cfg.Defaults)
	return req, firstError(
		req.options().Check(),
		oneOf("asm_syntax", req.AsmSyntax, AsmSyntaxes...),
		checkArgs(req),
		checkCompiler(req),
	)
}

func oneOf[T ~string](field string, v T, allowed ...T) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return &InvalidError{Field: field, Reason: fmt.Sprintf("%q (want one of %s)", string(v), strings.Join(names, ", "))}
}

// Check returns an *InvalidError if a channel cannot name a toolchain.
func (c Channel) Check() error {
	for _, r := range c {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_' {
			return &InvalidError{Field: "channel", Reason: fmt.Sprintf("invalid toolchain name %q (want something like stable or 1.85.0)", string(c))}
		}
	}
	return nil
}

// ValidFileName returns an error if name cannot name a file of a request. Any valid name
// may be Main: code that puts it on a command line must add "./" before a name that
// begins with "-" or "@".
func ValidFileName(name string) error { return agent.ValidFileName(name) }

func checkFiles(files []File, main string) error {
	invalid := func(format string, args ...any) error {
		return &InvalidError{Field: "files", Reason: fmt.Sprintf(format, args...)}
	}
	if len(files) > MaxFiles {
		return invalid("%d files, at most %d", len(files), MaxFiles)
	}
	total, names := 0, map[string]bool{}
	for _, f := range files {
		if err := agent.ValidFileName(f.Name); err != nil {
			return invalid("%v", err)
		}
		if names[f.Name] {
			return invalid("%q is there twice", f.Name)
		}
		names[f.Name] = true
		total += len(f.Data)
		if (f.Name == main || strings.HasSuffix(f.Name, ".rs")) && bytes.IndexByte(f.Data, 0) >= 0 {
			return invalid("%q contains a NUL byte, which Rust source cannot", f.Name)
		}
	}
	if total > MaxSource {
		return invalid("%d bytes of source, at most %d", total, MaxSource)
	}
	if !names[main] {
		return invalid("file %q is missing", main)
	}
	for name := range names {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if names[dir] {
				return invalid("%q is both a file and a directory", dir)
			}
		}
	}
	return nil
}

// checkCompiler checks the crate type, and the size of the flags: what the flags may be is
// the planner's to say.
func checkCompiler(req Request) error {
	if req.CrateType != "" {
		if err := oneOf("crate_type", req.CrateType, CrateTypes...); err != nil {
			return err
		}
	}
	total := 0
	for _, f := range req.Flags {
		total += len(f) + 1
		if !utf8.ValidString(f) || strings.IndexByte(f, 0) >= 0 {
			return &InvalidError{Field: "flags", Reason: fmt.Sprintf("%.40q is not UTF-8 without NUL", f)}
		}
	}
	if total > MaxFlags {
		return &InvalidError{Field: "flags", Reason: fmt.Sprintf("%d bytes, at most %d", total, MaxFlags)}
	}
	return nil
}

func checkArgs(req Request) error {
	total := 0
	for _, a := range req.Args {
		total += len(a) + 1
		if strings.IndexByte(a, 0) >= 0 {
			return &InvalidError{Field: "args", Reason: "an argument has a NUL byte"}
		}
	}
	for _, e := range req.Env {
		total += len(e) + 1
		key, _, ok := strings.Cut(e, "=")
		if !ok || key == "" || strings.IndexByte(e, 0) >= 0 {
			return &InvalidError{Field: "env", Reason: fmt.Sprintf("%.40q is not KEY=value", e)}
		}
	}
	if total > MaxArgs {
		return &InvalidError{Field: "args", Reason: fmt.Sprintf("arguments and environment have %d bytes, at most %d", total, MaxArgs)}
	}
	return nil
}
