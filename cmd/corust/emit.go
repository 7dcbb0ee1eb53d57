package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/corust-dev/corust/runner/view"
	"github.com/spf13/cobra"
)

// emitFlags are the flags of corust emit besides those of all actions.
type emitFlags struct {
	runFlags
	dir    string
	keep   []string
	names  string
	source bool
}

// asmParts are what --keep names, with the filter that hides each.
var asmParts = []struct {
	name   string
	filter func(*view.Filters) *bool
}{
	{"directives", func(f *view.Filters) *bool { return &f.Directives }},
	{"labels", func(f *view.Filters) *bool { return &f.Labels }},
	{"comments", func(f *view.Filters) *bool { return &f.Comments }},
	{"library", func(f *view.Filters) *bool { return &f.Library }},
}

// symbolNames are the values of --names.
var symbolNames = []view.Names{view.Short, view.Verbose, view.Mangled}

func newEmit(a *app) *cobra.Command {
	var f emitFlags
	views := rustc.Views()
	cmd := a.actionCommand(views[0], &f.runFlags)
	cmd.Use = "emit [flags] VIEW[,VIEW...] FILE|-|DIR"
	cmd.Short = "Show what the compiler makes of a source"
	cmd.Long = `Show what the compiler makes of a source, in a new box that compiles it and does not
run it. One view goes to standard output, several go to files.

` + tableHelp("Views", views) + `
Assembly is shown without directives, unused labels, comments and the functions of
libraries, and with readable names; remarks are shown one a line. --raw shows what rustc
wrote. On a terminal, each instruction has the number and the text of its source line.

` + sourceHelp + "\n" + exitCodes
	cmd.Example = `  corust emit asm square.rs
  corust emit asm --mode debug --keep library -C target-cpu=native square.rs
  corust emit asm,llvm-ir,mir square.rs -o views`
	cmd.Flags().StringVarP(&f.dir, "output", "o", "", "directory for a file of each view (default: the current one for several views)")
	cmd.Flags().StringVar(&f.syntax, "syntax", "", fmt.Sprintf("syntax of x86 assembly: %s (default %s)", oneOf(runner.AsmSyntaxes), runner.AsmIntel))
	cmd.Flags().StringSliceVar(&f.keep, "keep", nil, fmt.Sprintf("what to show of the assembly as well: %s", strings.Join(partNames(), ", ")))
	cmd.Flags().StringVar(&f.names, "names", string(view.Short), fmt.Sprintf("names of symbols in the assembly: %s", oneOf(symbolNames)))
	cmd.Flags().BoolVar(&f.source, "source", false, "show source lines beside the assembly (default: on a terminal)")
	cmd.Flags().Lookup("raw").Usage = "print what rustc wrote, with all escape sequences"
	cmd.MarkFlagsMutuallyExclusive("json", "output")
	cmd.MarkFlagsMutuallyExclusive("raw", "source")
	completes(cmd, "syntax", runner.AsmSyntaxes...)
	completes(cmd, "keep", partNames()...)
	completes(cmd, "names", symbolNames...)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 2 {
			return fmt.Errorf("emit takes VIEW[,VIEW...] and one FILE, - or DIR, not %d arguments (see corust emit --help)", len(args))
		}
		return nil
	}
	cmd.ValidArgsFunction = completeViews(views)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rows, err := viewsNamed(args[0])
		if err != nil {
			return err
		}
		if err := f.check(); err != nil {
			return err
		}
		f.action = string(rows[0].Name)
		for _, row := range rows[1:] {
			f.views = append(f.views, row.Name)
		}
		f.products = func(src source, products map[string][]byte) (int, error) {
			return exitOK, a.show(&f, rows, src, products)
		}
		return a.run(cmd.Context(), &f.runFlags, args[1], nil)
	}
	return cmd
}

// partNames are the values of --keep.
func partNames() []string {
	var names []string
	for _, p := range asmParts {
		names = append(names, p.name)
	}
	return names
}

// viewsNamed returns the rows of a list of names, each once.
func viewsNamed(list string) ([]rustc.Action, error) {
	var rows []rustc.Action
	for name := range strings.SplitSeq(list, ",") {
		row, err := rustc.ViewNamed(runner.Action(name))
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(rows, func(r rustc.Action) bool { return r.Name == row.Name }) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// completeViews completes a list of views, then a file.
func completeViews(views []rustc.Action) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return []cobra.Completion{"rs"}, cobra.ShellCompDirectiveFilterFileExt
		}
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var list []cobra.Completion
		for _, row := range views {
			if !slices.Contains(strings.Split(before, ","), string(row.Name)) {
				list = append(list, cobra.CompletionWithDesc(before+string(row.Name), row.About))
			}
		}
		return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// check checks the values that the request does not have.
func (f *emitFlags) check() error {
	if !slices.Contains(symbolNames, view.Names(f.names)) {
		return fmt.Errorf("--names: %q (want %s)", f.names, oneOf(symbolNames))
	}
	if f.syntax != "" && !slices.Contains(runner.AsmSyntaxes, runner.AsmSyntax(f.syntax)) {
		return fmt.Errorf("--syntax: %q (want %s)", f.syntax, oneOf(runner.AsmSyntaxes))
	}
	for _, name := range f.keep {
		if filterOf(name, new(view.Filters)) == nil {
			return fmt.Errorf("--keep: %q (want a list of %s)", name, strings.Join(partNames(), ", "))
		}
	}
	return nil
}

// filterOf returns the filter that hides the part of that name, nil if there is none.
func filterOf(name string, filters *view.Filters) *bool {
	for _, p := range asmParts {
		if p.name == name {
			return p.filter(filters)
		}
	}
	return nil
}

// show prints a view, or writes the files of several.
func (a *app) show(f *emitFlags, rows []rustc.Action, src source, products map[string][]byte) error {
	if len(rows) == 1 && f.dir == "" {
		text := a.viewText(f, rows[0], src, products, false)
		_, err := a.safely(a.out, &f.runFlags).Write(text)
		return err
	}
	dir := cmp.Or(f.dir, ".")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("--output: %w", unwrapPath(dir, err))
	}
	stem := strings.TrimSuffix(filepath.Base(src.main), ".rs")
	for _, row := range rows {
		path := filepath.Join(dir, stem+"."+row.Extension)
		if err := writeWhole(path, a.viewText(f, row, src, products, true)); err != nil {
			return unwrapPath(path, err)
		}
		if !f.quiet {
			a.say("wrote %s", path)
		}
	}
	return nil
}

// viewText returns the text of a view for standard output, or for a file.
func (a *app) viewText(f *emitFlags, row rustc.Action, src source, products map[string][]byte, toFile bool) []byte {
	text := products[row.Products[0].Name]
	var names []string
	for _, file := range src.files {
		names = append(names, file.Name)
	}
	switch {
	case f.raw:
		return text
	case row.Name == runner.ActionRemarks:
		return a.remarks(f, view.Remarks(text, view.RemarkOptions{Names: view.Names(f.names), Files: names, Dir: boxenv.WorkDir, Library: slices.Contains(f.keep, "library")}))
	case row.Name != runner.ActionAsm:
		return text
	}
	filters := view.AllFilters
	for _, name := range f.keep {
		*filterOf(name, &filters) = false
	}
	listing := view.Assembly(text, view.AssemblyOptions{Filters: filters, Names: view.Names(f.names), Files: names, Dir: boxenv.WorkDir})
	a.notices(f, listing.Notices)
	if !f.source && (toFile || !isTerminal(a.out)) {
		return []byte(listing.Text())
	}
	page := annotated{listing: listing, main: src.main, width: a.width(), sources: map[string][]string{}}
	page.color = !toFile && colors(os.Getenv, isTerminal(a.out))
	for _, file := range src.files {
		page.sources[file.Name] = strings.Split(string(file.Data), "\n")
	}
	var b bytes.Buffer
	page.write(&b)
	return b.Bytes()
}

// remarks returns a line for each remark, as compilers write messages.
func (a *app) remarks(f *emitFlags, list *view.RemarkList) []byte {
	a.notices(f, list.Notices)
	if len(list.Remarks) == 0 {
		a.notices(f, []string{"LLVM reported nothing about these files; -C opt-level=3 makes it do more"})
	}
	var b bytes.Buffer
	for _, r := range list.Remarks {
		if r.File != "" {
			fmt.Fprintf(&b, "%s:%d:%d: ", r.File, r.Line, r.Column)
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", r.Kind, r.Pass, strings.ReplaceAll(r.Message, "\n", "\n    "))
	}
	return b.Bytes()
}

// notices prints what a view does not show.
func (a *app) notices(f *emitFlags, list []string) {
	for _, notice := range list {
		if !f.quiet {
			a.say("%s", notice)
		}
	}
}
