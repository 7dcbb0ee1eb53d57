package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/corust-dev/corust/internal/ansi"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// closeTime is how long a command waits for the removal of its box.
const closeTime = 10 * time.Second

// runFlags are the flags of corust run. An empty one leaves the configuration's
// value.
type runFlags struct {
	action, mode, edition, channel, backend string
	crateType                               string
	compiler                                []string // flags of rustc, in their order
	stdin                                   string
	limits                                  []*limitFlag
	env                                     []string
	json, quiet, raw, strict, noCache       bool

	views  []runner.Action
	syntax string // of assembly
	// products, if set, gets the products of a run that ended well, and returns the exit
	// code. Otherwise they are standard output.
	products func(src source, products map[string][]byte) (int, error)
}

// sourceHelp is the part of help texts about what to compile.
const sourceHelp = `FILE is a Rust source file, - is standard input, and DIR is a directory with a
main.rs or a package with a Cargo.toml. The other files of DIR are copied into the
box, except hidden files and cargo's target directory: at most 256 files and 1 MiB.
corust uses the edition, names, version, library, programs, dependencies, features,
profiles and lints of the Cargo.toml, and the toolchain of rust-toolchain.toml if it is
installed. A warning names what it does not use.
`

// programHelp is the part about what the program gets.
const programHelp = `
Arguments after -- go to the program. The program reads standard input, unless the
source came from there.
`

func newRun(a *app) *cobra.Command {
	row, err := rustc.ActionNamed(runner.ActionRun)
	if err != nil {
		panic(err) // the table has no such row
	}
	var f runFlags
	cmd := a.actionCommand(row, &f)
	cmd.Short = "Compile and run a Rust program in a box"
	cmd.Long = "Compile a Rust program and run it, both in one new box.\n\n" + sourceHelp + programHelp + "\n" + tableHelp("Actions", rustc.Actions()) + "\n" + exitCodes
	cmd.Example = `  corust run hello.rs
  corust run --mode debug --timeout 2s puzzle.rs -- 10 20 < input.txt
  echo 'fn main() { println!("{}", 6 * 7) }' | corust run -
  corust run --json pipeline.rs > events.ndjson`
	cmd.Flags().StringVar(&f.action, "action", "", fmt.Sprintf("what to do: %s (default %s)", oneOf(rustc.ActionNames()), runner.DefaultOptions.Action))
	var actions []cobra.Completion
	for _, action := range rustc.Actions() {
		actions = append(actions, cobra.CompletionWithDesc(string(action.Name), action.About))
	}
	completes(cmd, "action", actions...)
	return cmd
}

// newActions makes the commands of the other actions that are not views.
func newActions(a *app) []*cobra.Command {
	var list []*cobra.Command
	for _, row := range rustc.Actions() {
		switch {
		case row.Name == runner.ActionRun, row.View:
		case row.Edits:
			list = append(list, newFormat(a, row))
		default:
			f := runFlags{action: string(row.Name)}
			cmd := a.actionCommand(row, &f)
			cmd.Example = fmt.Sprintf("  corust %s lib.rs", row.Name)
			list = append(list, cmd)
		}
	}
	return list
}

// actionCommand makes the command of an action on one source.
func (a *app) actionCommand(row rustc.Action, f *runFlags) *cobra.Command {
	name := string(row.Name)
	cmd := &cobra.Command{
		Use:   name + " [flags] FILE|-|DIR",
		Short: strings.ToUpper(row.About[:1]) + row.About[1:],
		Args: func(cmd *cobra.Command, args []string) error {
			n, after := len(args), ""
			if row.Program() {
				n, after = sourceArgs(cmd, args), "; the program's arguments go after --"
			}
			if n != 1 {
				return fmt.Errorf("%s takes one FILE, - or DIR, not %d%s (see corust %[1]s --help)", name, n, after)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd.Context(), f, args[0], args[1:])
		},
	}
	cmd.Long = cmd.Short + ", in a new box.\n\n" + sourceHelp
	if row.Program() {
		cmd.Use += " [-- ARGS...]"
		cmd.Long += programHelp
	}
	cmd.Long += "\n" + exitCodes
	cmd.Flags().AddFlagSet(newRunFlags(f, row))
	a.completesRunFlags(cmd, row)
	return cmd
}

// newRunFlags makes the flags of the command of an action: those that change what it does.
func newRunFlags(f *runFlags, row rustc.Action) *pflag.FlagSet {
	flags := pflag.NewFlagSet(string(row.Name), pflag.ContinueOnError)
	flags.StringVar(&f.edition, "edition", "", fmt.Sprintf("Rust edition: %s (default: the newest that the toolchain knows)", oneOf(runner.Editions)))
	if !row.Edits {
		flags.StringVar(&f.mode, "mode", "", fmt.Sprintf("how to generate code: %s (default %s)", oneOf(runner.Modes), runner.DefaultOptions.Mode))
		flags.StringVar(&f.crateType, "crate-type", "", fmt.Sprintf("what to compile to: %s (default: what the source says)", oneOf(runner.CrateTypes)))
		compilerFlags(flags, &f.compiler)
	}
	flags.StringVar(&f.channel, "channel", "", "toolchain: stable, beta, nightly or a version such as 1.95.0 (default the machine's)")
	if row.Program() {
		flags.StringVar(&f.stdin, "stdin", "", "file to use as the program's standard input (default: that of corust)")
		flags.StringArrayVar(&f.env, "env", nil, "KEY=value for the program; may be repeated")
	}
	f.limits = limitFlags(flags)
	flags.StringVar(&f.backend, "backend", "", "backend of the box: auto, native or docker (default auto)")
	flags.BoolVar(&f.json, "json", false, "print one JSON event a line instead of the output, compiler diagnostics included (docs/run.md)")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print messages of corust only when it fails")
	flags.BoolVar(&f.noCache, "no-cache", false, "compile the program even if an earlier run has, and keep nothing")
	flags.BoolVar(&f.raw, "raw", false, "pass all escape sequences to the terminal, not only colours")
	flags.BoolVar(&f.strict, "strict", false, "fail, instead of warning, if a limit cannot be enforced on this machine")
	return flags
}

// completesRunFlags registers the values of the flags of newRunFlags.
func (a *app) completesRunFlags(cmd *cobra.Command, row rustc.Action) {
	completes(cmd, "edition", runner.Editions...)
	completes(cmd, "backend", config.Backends...)
	a.completesChannel(cmd)
	if !row.Edits {
		completes(cmd, "mode", runner.Modes...)
		completes(cmd, "crate-type", runner.CrateTypes...)
		completes(cmd, "codegen", codegenValues()...)
	}
}

// completes registers the values of a flag for shell completion.
func completes[T ~string](cmd *cobra.Command, flag string, values ...T) {
	var list []cobra.Completion
	for _, v := range values {
		list = append(list, cobra.Completion(v))
	}
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // no such flag
	}
}

// oneOf lists values for a sentence: "a, b or c".
func oneOf[T ~string](values []T) string {
	text := string(values[0])
	for i, v := range values[1:] {
		if i == len(values)-2 {
			text += " or " + string(v)
		} else {
			text += ", " + string(v)
		}
	}
	return text
}

// tableHelp lists actions under a title, for the text of help.
func tableHelp(title string, rows []rustc.Action) string {
	text := title + ":\n"
	for _, row := range rows {
		text += fmt.Sprintf("  %-8s %s\n", row.Name, row.About)
	}
	return text
}

// sourceArgs is how many arguments stand before "--".
func sourceArgs(cmd *cobra.Command, args []string) int {
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		return n
	}
	return len(args)
}

// run is corust run.
func (a *app) run(ctx context.Context, f *runFlags, source string, args []string) error {
	out := a.newPrinter(f)
	code, err := a.runOne(ctx, f, source, args, out)
	if err != nil {
		out.failed(err)
		return err
	}
	if out.broken != nil {
		if !errors.Is(out.broken, syscall.EPIPE) {
			return out.broken // a full disk, which names itself
		}
		return &exitError{code: exitUnread} // the reader of the output has exited, as head does
	}
	if code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

func (a *app) runOne(ctx context.Context, f *runFlags, name string, args []string, out *printer) (int, error) {
	if err := f.apply(&a.config); err != nil {
		return 0, err
	}
	src, err := readSource(name, a.in)
	if err != nil {
		return 0, err
	}
	stdin, err := a.openStdin(f.stdin, name)
	if err != nil {
		return 0, err
	}
	backend, err := a.openBackend(ctx, forOneRun)
	if err != nil {
		return 0, err
	}
	defer backend.Close()
	if err := a.tellUnenforced(f, backend); err != nil {
		return 0, err
	}
	cfg := runner.Config{MaxBoxes: 1}
	if store := a.openCache(forOneRun); store != nil && !f.noCache {
		cfg.Artifacts = store
	}
	a.config.Run.Channel = string(a.channel(ctx, backend, &src))
	r, err := a.newRunner(backend, cfg)
	if err != nil {
		return 0, err
	}
	defer within(closeTime, r.Close)()
	for _, text := range src.warnings {
		out.event(runner.Event{Kind: runner.KindWarning, Warning: text})
	}
	defer stopTogether(r)()
	runCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	out.cancel = cancel
	res, err := r.Run(runCtx, runner.Request{
		Action:    runner.Action(a.config.Run.Action),
		Views:     f.views,
		AsmSyntax: runner.AsmSyntax(f.syntax),
		Files:     src.files,
		Main:      src.main,
		Mode:      runner.Mode(f.mode),
		Edition:   runner.Edition(f.edition),
		Channel:   runner.Channel(f.channel),
		Flags:     f.compiler,
		Args:      args,
		Env:       f.env,
		CrateType: runner.CrateType(f.crateType),
		Color:     !f.json && colors(os.Getenv, isTerminal(a.err)),
		// With --json, diagnostics are structured; otherwise they are the compiler's text.
		Diagnostics: f.json,
	}, stdin, out.event)
	if err != nil {
		return 0, err
	}
	explanation := explain(res, byFlags)
	if res.Verdict == runner.VerdictCompileError {
		if m := a.missingCrates(ctx, backend, runner.Channel(cmp.Or(f.channel, a.config.Run.Channel)), src.files, src.main, out.compiler); m != nil {
			explanation = sayMissing(m)
		}
	}
	code := exitCode(ctx, res)
	out.result(res, code, backend, explanation)
	if code == exitOK && f.products != nil && !f.json {
		return f.products(src, out.products)
	}
	return code, nil
}

// channel returns the toolchain of a run that chooses none: the configured one, or else
// the one in the source's rust-toolchain.toml, if any.
func (a *app) channel(ctx context.Context, b runner.Backend, src *source) runner.Channel {
	told := runner.Channel(a.config.Run.Channel)
	if told != "" || src.toolchain == "" {
		return told
	}
	asked := runner.Channel(src.toolchain)
	err := asked.Check()
	if err == nil {
		_, err = b.Toolchain(ctx, asked)
	}
	if err != nil {
		src.warnings = append(src.warnings, fmt.Sprintf("rust-toolchain.toml: no toolchain %.80q here, the default is used", src.toolchain))
		return told
	}
	return asked
}

// apply puts the flags over the configuration, except those that a source can set, too:
// the runner knows their precedence.
func (f *runFlags) apply(cfg *config.Config) error {
	for _, l := range f.limits {
		if err := l.apply(&cfg.Limits); err != nil {
			return err
		}
	}
	for value, to := range map[*string]*string{
		&f.action: &cfg.Run.Action, &f.backend: &cfg.Backend,
	} {
		if *value != "" {
			*to = *value
		}
	}
	// The configuration passed when it was loaded, so an error is about a flag.
	if err := cfg.Check(); err != nil {
		return err
	}
	return runner.Options{Mode: runner.Mode(f.mode), Edition: runner.Edition(f.edition), Channel: runner.Channel(f.channel)}.Check()
}

// openStdin opens the program's standard input.
func (a *app) openStdin(name, source string) (io.Reader, error) {
	switch {
	case name == "" && source == "-":
		return nil, nil // the source was there
	case name == "":
		return a.in, nil
	case name == "-" && source == "-":
		return nil, errors.New("--stdin -: standard input is the source already")
	case name == "-":
		return a.in, nil
	}
	if isDir(name) {
		return nil, fmt.Errorf("--stdin: %s is a directory", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--stdin: %w", unwrapPath(name, err))
	}
	return f, nil // read until the run ends
}

// tellUnenforced warns about the limits that the backend does not enforce.
func (a *app) tellUnenforced(f *runFlags, b *chosen) error {
	if len(b.unenforced) == 0 {
		return nil
	}
	what := strings.Join(b.unenforced, "; ")
	if f.strict {
		return fmt.Errorf("--strict: this machine does not fully enforce %s", what)
	}
	if !f.quiet {
		a.say("warning: limits are not fully enforced here: %s", what)
	}
	return nil
}

func isTerminal(w any) bool {
	if out, ok := w.(*output); ok {
		w = out.Writer
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colors reports whether to write colours: only on a terminal that supports them, unless
// NO_COLOR, CLICOLOR or CLICOLOR_FORCE overrides that.
func colors(getenv func(string) string, terminal bool) bool {
	force := getenv("CLICOLOR_FORCE")
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case getenv("CLICOLOR") == "0":
		return false
	}
	return terminal && !dumb(getenv)
}

// dumb reports whether a terminal understands no escape sequence.
func dumb(getenv func(string) string) bool {
	name := getenv("TERM")
	return runtime.GOOS != "windows" && (name == "" || name == "dumb")
}

// safely wraps a terminal so that the program's output can only colour it.
func (a *app) safely(w io.Writer, f *runFlags) io.Writer {
	if f.raw || !isTerminal(w) {
		return w
	}
	return ansi.NewFilter(w)
}
