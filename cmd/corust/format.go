package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/corust-dev/corust/runner/rustc"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
)

// newFormat makes corust fmt.
func newFormat(a *app, row rustc.Action) *cobra.Command {
	f := runFlags{action: string(row.Name)}
	var check, write bool
	cmd := a.actionCommand(row, &f)
	cmd.Long = `Format a Rust source with rustfmt, in a new box, and print the result. Of a DIR,
only the file that is compiled is formatted.

--check prints what would change and ends with 1 if there is any. --write replaces
the file.

` + sourceHelp + "\n" + exitCodes
	cmd.Example = `  corust fmt hello.rs
  corust fmt --check hello.rs
  corust fmt --write hello.rs`
	cmd.Flags().BoolVar(&check, "check", false, "print a diff, and end with 1, if the file is not formatted")
	cmd.Flags().BoolVarP(&write, "write", "w", false, "replace the file if it is not formatted")
	cmd.MarkFlagsMutuallyExclusive("check", "write", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := args[0]
		if write && name == "-" {
			return errors.New("--write needs a FILE: standard input cannot be replaced")
		}
		if check || write {
			f.products = func(src source, products map[string][]byte) (int, error) {
				from, to := src.text(), products[row.Products[0].Name]
				switch {
				case bytes.Equal(from, to):
					return exitOK, nil
				case write:
					return exitOK, a.replace(src.path(name), from, to)
				}
				return exitCompileError, a.printDiff(src.path(name), from, to)
			}
		}
		return a.run(cmd.Context(), &f, name, nil)
	}
	return cmd
}

// text returns the source of the file that is compiled.
func (s *source) text() []byte {
	for _, f := range s.files {
		if f.Name == s.main {
			return f.Data
		}
	}
	return nil
}

// path returns the path of the file that is compiled, where name is what the user calls
// the source.
func (s *source) path(name string) string {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return filepath.Join(name, filepath.FromSlash(s.main))
	}
	return name
}

// replace writes a file that was read as from, unless it has changed since.
func (a *app) replace(path string, from, to []byte) error {
	now, err := os.ReadFile(path)
	if err != nil {
		return unwrapPath(path, err)
	}
	if !bytes.Equal(now, from) {
		return fmt.Errorf("%s was changed while it was being formatted: nothing was written", path)
	}
	if err := writeWhole(path, to); err != nil {
		return unwrapPath(path, err)
	}
	return nil
}

// printDiff prints a unified diff of a file before and after formatting.
func (a *app) printDiff(path string, from, to []byte) error {
	text := diff.Diff(path, from, path+" (formatted)", to)
	if colors(os.Getenv, isTerminal(a.out)) {
		text = colorDiff(text)
	}
	_, err := a.out.Write(text)
	return err
}

// colorDiff colours the lines of a diff as git does.
func colorDiff(text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		color := map[byte]string{'+': green, '-': red, '@': cyan}[line[0]]
		if color == "" {
			b.Write(line)
			continue
		}
		b.WriteString(color)
		b.Write(bytes.TrimSuffix(line, []byte("\n")))
		b.WriteString(reset + "\n")
	}
	return b.Bytes()
}
