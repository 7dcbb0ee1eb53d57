package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
	"github.com/corust-dev/corust/runner/events"
	"github.com/corust-dev/corust/runner/judge"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// judgeFlags are the flags of corust judge.
type judgeFlags struct {
	run                           runFlags
	cases, compare, checker, file string
	tolerance                     float64
	jobs                          int
	json, failFast                bool
}

// notForJudge are the flags of corust run that corust judge does not have.
var notForJudge = []string{"stdin", "json", "raw"}

func newJudge(a *app) *cobra.Command {
	var f judgeFlags
	cmd := &cobra.Command{
		Use:   "judge [flags] FILE|DIR --cases DIR|ZIP [-- ARGS...]",
		Short: "Run a Rust program on many inputs and compare its output",
		Long: `Compile a Rust program once and run it on each input of a directory or zip archive, each
run in a new box. Compare what it prints with the answer, and print a line for each case.

A case is a file NAME.in with the answer in NAME.out or NAME.ans. NAME.toml may hold
arguments and limits of the case: args = ["10"] and a table [limits] as in the
configuration. Cases run at the same time, and are printed in the order of their names.

A case passes if the program ends with 0 and its output is right. --compare selects what
that means:
  lines    the same lines; white space at their ends and empty lines at the end do not count
  exact    the same bytes
  tokens   the same words
  float    the same words, where numbers may differ by --tolerance
With --checker, a Rust program decides. It reads the input, the output and the answer from
standard input, one directly after the other; its arguments are the length of each in
bytes. It exits with 0 if the output is right and with 1 if it is wrong, and may print
the reason.

Exit codes:
  0    all cases passed
  1    a case did not pass, or the program or the checker did not compile
  125  corust itself failed`,
		Example: `  corust judge sum.rs --cases tests
  corust judge --compare float --tolerance 1e-9 --timeout 2s area.rs --cases area.zip
  corust judge --checker check.rs --junit report.xml path.rs --cases tests`,
		Args: func(cmd *cobra.Command, args []string) error {
			if n := sourceArgs(cmd, args); n != 1 {
				return fmt.Errorf("judge takes one FILE or DIR, not %d; the program's arguments go after -- (see corust judge --help)", n)
			}
			if f.cases == "" {
				return errors.New("no cases (want --cases DIR or --cases FILE.zip)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.judge(cmd.Context(), &f, args[0], args[1:])
		},
	}
	program, err := rustc.ActionNamed(runner.ActionRun)
	if err != nil {
		panic(err) // a row of the table of actions is missing
	}
	newRunFlags(&f.run, program).VisitAll(func(flag *pflag.Flag) {
		if !slices.Contains(notForJudge, flag.Name) {
			cmd.Flags().AddFlag(flag)
		}
	})
	flags := cmd.Flags()
	flags.StringVar(&f.cases, "cases", "", "directory or zip archive with the cases")
	flags.StringVar(&f.compare, "compare", string(judge.ModeLines), "what a right output is: "+oneOf(judge.Modes))
	flags.Float64Var(&f.tolerance, "tolerance", 1e-6, "with --compare float: absolute or relative difference of numbers")
	flags.StringVar(&f.checker, "checker", "", "Rust program that judges the output")
	flags.IntVar(&f.jobs, "jobs", 0, "cases that run at the same time (default: the number of processors)")
	flags.BoolVar(&f.failFast, "fail-fast", false, "skip the cases after the first that does not pass")
	flags.BoolVar(&f.json, "json", false, "print one JSON object a line instead of the table (docs/judge.md)")
	flags.StringVar(&f.file, "junit", "", "file to write a JUnit report to")
	completes(cmd, "compare", judge.Modes...)
	a.completesRunFlags(cmd, program)
	return cmd
}

// judgeMemory is how many bytes of compiled programs corust judge keeps in memory, so that
// each case takes them from there.
const judgeMemory = 256 << 20

// judge is corust judge.
func (a *app) judge(ctx context.Context, f *judgeFlags, source string, args []string) error {
	if err := f.run.apply(&a.config); err != nil {
		return err
	}
	task, src, err := a.task(f, source, args)
	if err != nil {
		return err
	}
	backend, err := a.openBackend(ctx, forOneRun)
	if err != nil {
		return err
	}
	defer backend.Close()
	if err := a.tellUnenforced(&f.run, backend); err != nil {
		return err
	}
	store := a.openCacheWith(forOneRun, judgeMemory)
	if store == nil || f.run.noCache {
		store, _ = cache.Open(cache.Config{Memory: judgeMemory}) // without a directory, nothing can fail
	}
	a.config.Run.Channel = string(a.channel(ctx, backend, &src))
	r, err := a.newRunner(backend, runner.Config{MaxBoxes: task.Jobs, Warm: min(task.Jobs, len(task.Cases)), Artifacts: store})
	if err != nil {
		return err
	}
	defer within(closeTime, r.Close)()
	defer stopTogether(r)()
	for _, text := range src.warnings {
		a.say("warning: %s", text)
	}
	out := a.newPrinter(&f.run)
	task.Emit = func(e runner.Event) {
		if !f.json {
			out.event(e)
		}
	}
	show := a.showOutcomes(f, task.Cases)
	var outcomes []judge.Outcome
	s, err := judge.Run(ctx, r, task, func(o judge.Outcome) {
		outcomes = append(outcomes, o)
		show(o)
	})
	if err != nil {
		return a.notJudged(ctx, f, err, task.Emit)
	}
	a.showSummary(f, s)
	if f.file != "" {
		if err := writeJUnit(f.file, source, outcomes); err != nil {
			return err
		}
	}
	if s.Passed < s.Cases {
		return &exitError{code: exitCompileError}
	}
	return nil
}

// task reads what to judge.
func (a *app) task(f *judgeFlags, name string, args []string) (task judge.Task, src source, err error) {
	task = judge.Task{
		Compare: judge.Comparison{Mode: judge.Mode(f.compare), Tolerance: f.tolerance},
		Jobs:    f.jobs, FailFast: f.failFast,
	}
	switch {
	case !slices.Contains(judge.Modes, task.Compare.Mode):
		return task, src, fmt.Errorf("--compare: invalid mode %q (want %s)", f.compare, oneOf(judge.Modes))
	case !(f.tolerance >= 0): // not a number, too
		return task, src, fmt.Errorf("--tolerance: invalid difference %v (want something like 1e-6)", f.tolerance)
	case f.jobs < 0:
		return task, src, fmt.Errorf("--jobs: invalid number %d (want 1 or more)", f.jobs)
	case f.jobs == 0:
		task.Jobs = runtime.NumCPU()
	}
	if src, err = readSource(name, a.in); err != nil {
		return task, src, err
	}
	task.Program = runner.Request{
		Action: runner.ActionRun, Files: src.files, Main: src.main,
		Mode: runner.Mode(f.run.mode), Edition: runner.Edition(f.run.edition), Channel: runner.Channel(f.run.channel),
		Flags: f.run.compiler, CrateType: runner.CrateType(f.run.crateType),
		Args: args, Env: f.run.env, Color: !f.json && colors(os.Getenv, isTerminal(a.err)),
	}
	if f.checker != "" {
		checker, err := readSource(f.checker, a.in)
		if err != nil {
			return task, src, fmt.Errorf("--checker: %w", err)
		}
		task.Checker = runner.Request{Action: runner.ActionRun, Files: checker.files, Main: checker.main, Channel: task.Program.Channel, Color: task.Program.Color}
	}
	if task.Cases, err = loadCases(f.cases); err != nil {
		return task, src, fmt.Errorf("--cases: %w", err)
	}
	for i := range task.Cases {
		if err := caseSettings(&task.Cases[i]); err != nil {
			return task, src, fmt.Errorf("--cases: %w", err)
		}
	}
	return task, src, nil
}

// loadCases reads the cases of a directory or an archive.
func loadCases(name string) ([]judge.Case, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, unwrapPath(name, err)
	}
	var fsys fs.FS = os.DirFS(name)
	if !info.IsDir() {
		archive, err := zip.OpenReader(name)
		if err != nil {
			return nil, fmt.Errorf("%s is neither a directory nor a zip archive: %w", name, err)
		}
		defer archive.Close()
		fsys = archive
	}
	cases, err := judge.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return cases, nil
}

// caseSettings applies the file NAME.toml of a case.
func caseSettings(c *judge.Case) error {
	if c.Settings == nil {
		return nil
	}
	var settings struct {
		Args   []string      `toml:"args"`
		Limits config.Limits `toml:"limits"`
	}
	meta, err := toml.NewDecoder(bytes.NewReader(c.Settings)).Decode(&settings)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %q (want args or limits)", meta.Undecoded()[0])
	}
	if err != nil {
		return fmt.Errorf("%s.toml: %w", c.Name, err)
	}
	c.Args, c.Limits = settings.Args, settings.Limits.Runner()
	return nil
}

// notJudged ends a command whose program or checker does not compile, or that failed.
func (a *app) notJudged(ctx context.Context, f *judgeFlags, err error, emit func(runner.Event)) error {
	var compile *judge.CompileError
	switch {
	case errors.As(err, &compile):
		for _, e := range compile.Events {
			emit(e)
		}
		text := compile.Error()
		if why := explain(compile.Result, byFlags); why != "" {
			text = why
		}
		if f.json {
			a.jsonLine(map[string]any{"event": "error", "error": text, "result": compile.Result})
		} else {
			a.say("%s", text)
		}
		return &exitError{code: exitCompileError}
	case ctx.Err() != nil:
		return &exitError{code: canceledCode(ctx)}
	}
	return err
}

func (a *app) jsonLine(v any) {
	_, _ = a.out.Write(events.Line(v)) // the command fails with the error of its output
}

// showOutcomes returns what prints outcomes.
func (a *app) showOutcomes(f *judgeFlags, cases []judge.Case) func(judge.Outcome) {
	if f.json {
		return func(o judge.Outcome) { a.jsonLine(judge.CaseEvent{Event: judge.KindCase, Outcome: o}) }
	}
	width := len("case")
	for _, c := range cases {
		width = max(width, len(c.Name))
	}
	out := a.safely(a.out, &f.run) // names and messages come from strangers
	fmt.Fprintf(out, "%-*s  %-12s  %9s  %9s\n", width, "case", "verdict", "time", "memory")
	return func(o judge.Outcome) {
		duration, memory := "", ""
		if o.Result.Verdict != "" {
			duration, memory = milliseconds(o.Time()), megabytes(o.Usage().PeakMemory)
		}
		message := o.Message
		if message == "" && o.Verdict != judge.Passed && o.Verdict != judge.Skipped {
			message = explain(o.Result, byFlags)
			if o.Result.Verdict == runner.VerdictExit {
				message = fmt.Sprintf("exit code %d", o.Result.ExitCode)
			}
		}
		line := fmt.Sprintf("%-*s  %-12s  %9s  %9s  %s", width, o.Case, o.Verdict, duration, memory, message)
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

// showSummary prints the end.
func (a *app) showSummary(f *judgeFlags, s judge.Summary) {
	if f.json {
		a.jsonLine(judge.SummaryEvent{Event: judge.KindSummary, Summary: s})
		return
	}
	skipped := ""
	if s.Skipped > 0 {
		skipped = fmt.Sprintf(", %d skipped", s.Skipped)
	}
	fmt.Fprintf(a.out, "\n%d of %d cases passed%s; slowest %s, most memory %s\n", s.Passed, s.Cases, skipped, milliseconds(s.Slowest), megabytes(s.Memory))
}

// The elements of a JUnit report that its readers share.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Suite   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Skipped *struct{}     `xml:"skipped,omitempty"`
		Stderr  string        `xml:"system-err,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
	}
)

// writeJUnit writes a report, whole or not at all.
func writeJUnit(name, source string, outcomes []judge.Outcome) error {
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
	suite := junitSuite{Name: filepath.Base(source), Tests: len(outcomes)}
	var total time.Duration
	for _, o := range outcomes {
		total += o.Time()
		c := junitCase{Name: o.Case, Suite: suite.Name, Time: seconds(o.Time()), Stderr: o.Stderr}
		switch o.Verdict {
		case judge.Passed:
		case judge.Skipped:
			suite.Skipped++
			c.Skipped = &struct{}{}
		default:
			suite.Failures++
			message := o.Message
			if message == "" {
				message = explain(o.Result, byFlags)
			}
			c.Failure = &junitFailure{Type: string(o.Verdict), Message: message}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(total)
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	if err := writeWhole(name, []byte(xml.Header+string(text)+"\n")); err != nil {
		return fmt.Errorf("--junit: %w", unwrapPath(name, err))
	}
	return nil
}
