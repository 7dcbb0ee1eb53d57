package playground

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/runes"
	"github.com/corust-dev/corust/runner"
)

// cargo turns the events of a run into the output that cargo would have made: it writes
// the lines that cargo adds, drops those of the compiler that cargo drops, and repairs
// text that is not UTF-8.
type cargo struct {
	verb    verb
	miri    bool // it interprets
	release bool
	targets []target
	started time.Time
	// stdout and stderr receive the output, in order.
	stdout, stderr func(string)

	compiled, ran int // steps that have started
	compiler      compilerText
	begun         bool
	finished      bool
	out, err      repair
}

// event takes the next event of the run.
func (c *cargo) event(e runner.Event) {
	switch {
	case e.Kind == runner.KindWarning:
		c.say("warning: %s\n", e.Warning)
	case e.Kind == runner.KindStageStart && e.Stage == runner.StageCompile:
		c.begin()
		c.compiled++
	case e.Kind == runner.KindStageStart && e.Stage == runner.StageRun:
		c.begin() // Miri has no stage of the compiler
		c.finish()
		c.running()
		c.ran++
	case e.Kind == runner.KindStdout:
		c.put(c.stdout, c.out.add(e.Data))
	case e.Kind == runner.KindStderr && e.Stage == runner.StageCompile:
		c.put(c.stderr, c.compiler.add(c.err.add(e.Data)))
	case e.Kind == runner.KindStderr:
		c.put(c.stderr, c.err.add(e.Data))
	case e.Kind == runner.KindStageEnd:
		c.put(c.stdout, c.out.end())
		rest := c.err.end()
		if e.Stage == runner.StageCompile {
			c.put(c.stderr, c.compiler.add(rest)+c.compiler.end())
			c.compiledTarget(e.Ended)
			return
		}
		c.put(c.stderr, rest)
	}
}

// begin writes the line before the compiler's output.
func (c *cargo) begin() {
	if c.begun || c.verb == verbFormat {
		return
	}
	c.begun = true
	word := "Compiling"
	if c.verb == verbCheck {
		word = "Checking"
	}
	c.say("%12s playground v0.0.1 (/playground)\n", word)
}

// end writes what follows the last event, and returns how cargo would have exited.
func (c *cargo) end(res runner.Result) exit {
	c.put(c.stdout, c.out.end())
	c.put(c.stderr, c.compiler.end()+c.err.end())
	for _, hit := range res.Hits {
		row, _ := runner.LimitNamed(hit.Limit)
		subject := "the program"
		if res.Stage == runner.StageCompile {
			subject = "the compiler"
		}
		if row.Hit != "" {
			c.say("error: %s %s\n", subject, fmt.Sprintf(row.Hit, row.Unit.Format(hit.Amount)))
		}
	}
	switch {
	case res.Verdict == runner.VerdictOK:
		c.finish()
		return exit{}
	case res.Stage == runner.StageCompile && c.verb == verbFormat:
		return exit{code: 1}
	case res.Stage == runner.StageCompile:
		return exit{code: 101}
	case c.verb == verbTest:
		if tests := c.tested(); c.ran <= len(tests) {
			c.say("error: test failed, to rerun pass `%s`\n", tests[max(c.ran-1, 0)].flag)
		} else {
			c.say("error: doctest failed, to rerun pass `--doc`\n")
		}
		return exit{code: 101}
	case res.Signal != 0:
		return exit{signal: res.Signal}
	case res.ExitCode < 0: // killed by corust
		return exit{signal: runner.SIGKILL}
	}
	return exit{code: res.ExitCode}
}

func (c *cargo) say(format string, args ...any) { c.put(c.stderr, fmt.Sprintf(format, args...)) }

func (c *cargo) put(to func(string), text string) {
	if text != "" {
		to(text)
	}
}

// current is the target that the compiler's step is for.
func (c *cargo) current() target {
	return c.targets[min(max(c.compiled-1, 0), len(c.targets)-1)]
}

// compiledTarget writes cargo's summary of one call of the compiler.
func (c *cargo) compiledTarget(stage *runner.Stage) {
	if c.verb == verbFormat || stage == nil {
		return
	}
	errors, warnings := c.compiler.errors, c.compiler.warnings
	c.compiler = compilerText{}
	t := c.current()
	if warnings > 0 {
		c.say("warning: `playground` (%s) generated %s\n", t, count(warnings, "warning"))
	}
	if stage.ExitCode == 0 {
		return
	}
	text := fmt.Sprintf("error: could not compile `playground` (%s)", t)
	if errors > 0 {
		text += fmt.Sprintf(" due to %s", count(errors, "previous error"))
	}
	if warnings > 0 {
		text += fmt.Sprintf("; %s emitted", count(warnings, "warning"))
	}
	text += "\n"
	if stage.Signal != 0 {
		text += fmt.Sprintf("\nCaused by:\n  process didn't exit successfully: `rustc --crate-name playground %s` (signal: %d, %s)\n", t.file, int(stage.Signal), stage.Signal)
	}
	c.say("%s", text)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// finish writes the line that says that everything is compiled.
func (c *cargo) finish() {
	if c.finished || c.verb == verbFormat {
		return
	}
	c.finished = true
	profile := "`dev` profile [unoptimized + debuginfo]"
	switch {
	case c.release:
		profile = "`release` profile [optimized]"
	case c.verb == verbTest:
		profile = "`test` profile [unoptimized + debuginfo]"
	}
	c.say("    Finished %s target(s) in %.2fs\n", profile, time.Since(c.started).Seconds())
}

// running writes the line that says what is started.
func (c *cargo) running() {
	dir := "target/debug"
	if c.release {
		dir = "target/release"
	}
	if c.miri {
		dir = "target/miri/x86_64-unknown-linux-gnu/debug"
	}
	switch c.verb {
	case verbMiri:
		c.say("     Running `/playground/.rustup/toolchains/nightly-x86_64-unknown-linux-gnu/bin/cargo-miri runner %s/playground`\n", dir)
		return
	case verbRun:
		c.say("     Running `%s/playground`\n", dir)
		return
	}
	if c.ran >= len(c.tested()) {
		c.say("   Doc-tests playground\n")
		return
	}
	t, kind := c.tested()[c.ran], ""
	if t.tests == unitTests {
		kind = "unittests "
	}
	c.say("     Running %s%s (%s/deps/%s-0123456789abcdef)\n", kind, t.file, dir, t.crate)
}

// tested are the targets with tests, in the order in which those run. The examples in the
// library's documentation follow.
func (c *cargo) tested() []target {
	return slices.DeleteFunc(slices.Clone(c.targets), func(t target) bool { return t.tests == noTests })
}

// exit is how a process ended: with a code, or by a signal.
type exit struct {
	code   int
	signal runner.Signal
}

func (e exit) success() bool { return e == exit{} }

// detail is the exit in the words of the original.
func (e exit) detail() string {
	if e.signal == 0 {
		return fmt.Sprintf("Exited with status %d", e.code)
	}
	about, ok := signals[e.signal.String()]
	if !ok {
		return fmt.Sprintf("Exited with signal %d", int(e.signal))
	}
	return fmt.Sprintf("Exited with signal %d (%s): %s", int(e.signal), e.signal, about)
}

// signals are the original's descriptions of signals.
var signals = map[string]string{
	"SIGHUP": "terminal line hangup", "SIGINT": "interrupt program", "SIGQUIT": "quit program",
	"SIGILL": "illegal instruction", "SIGTRAP": "trace trap", "SIGABRT": "abort program",
	"SIGBUS": "bus error", "SIGFPE": "floating-point exception", "SIGKILL": "kill program",
	"SIGUSR1": "user-defined signal 1", "SIGSEGV": "segmentation violation", "SIGUSR2": "user-defined signal 2",
	"SIGPIPE": "write on a pipe with no reader", "SIGALRM": "real-time timer expired", "SIGTERM": "software termination signal",
	"SIGSYS": "non-existent system call invoked", "SIGXCPU": "CPU time limit exceeded", "SIGXFSZ": "file size limit exceeded",
}

// compilerText drops the summaries from the compiler's text, and counts by them: cargo
// writes its own.
type compilerText struct {
	errors, warnings int

	line    []byte // the beginning of a line that has not ended
	shown   bool   // what stands before it in its line was returned
	dropped bool   // the last line was a summary, which an empty line follows
}

var (
	aborting = regexp.MustCompile(`^error: aborting due to (?:(\d+) )?previous errors?(?:; (\d+) warnings? emitted)?$`)
	emitted  = regexp.MustCompile(`^warning: (\d+) warnings? emitted$`)
)

// longestSummary is more than the length of any summary.
const longestSummary = 120

// add takes the next text and returns what of it to show.
func (t *compilerText) add(text string) string {
	var out strings.Builder
	for text != "" {
		line, rest, whole := strings.Cut(text, "\n")
		text = rest
		t.line = append(t.line, line...)
		if !whole {
			// Only the beginning of a summary waits for the rest of its line.
			if n := len(t.line); t.shown || n > longestSummary || !mayBeSummary(t.line) {
				out.Write(t.line)
				t.line, t.shown = t.line[:0], true
			}
			break
		}
		if !t.shown && t.summary(string(t.line)) {
			t.line, t.dropped = t.line[:0], true
			continue
		}
		if !t.dropped || t.shown || len(t.line) > 0 {
			out.Write(t.line)
			out.WriteByte('\n')
		}
		t.line, t.shown, t.dropped = t.line[:0], false, false
	}
	return out.String()
}

// mayBeSummary reports whether a summary can begin with line.
func mayBeSummary(line []byte) bool {
	for _, begin := range []string{"error: aborting due to ", "warning: "} {
		n := min(len(line), len(begin))
		if bytes.Equal(line[:n], []byte(begin[:n])) {
			return true
		}
	}
	return false
}

// end returns what was held back.
func (t *compilerText) end() string {
	rest := string(t.line)
	t.line = nil
	if !t.shown && t.summary(rest) {
		return ""
	}
	return rest
}

// summary reports whether a line is a summary, and counts by it.
func (t *compilerText) summary(line string) bool {
	number := func(text string, or int) int {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
		return or
	}
	if m := aborting.FindStringSubmatch(line); m != nil {
		t.errors, t.warnings = number(m[1], 1), number(m[2], t.warnings)
		return true
	}
	if m := emitted.FindStringSubmatch(line); m != nil {
		t.warnings = number(m[1], 0)
		return true
	}
	return false
}

// repair makes valid UTF-8 of a stream whose pieces may end within a character.
type repair struct{ rest []byte }

func (r *repair) add(data []byte) string {
	if len(r.rest) > 0 {
		data = append(r.rest, data...)
		r.rest = nil
	}
	// An incomplete character at the end waits for more.
	whole := runes.Whole(data)
	r.rest = append(r.rest, data[whole:]...)
	return strings.ToValidUTF8(string(data[:whole]), "\uFFFD")
}

// all repairs a whole text.
func (r *repair) all(data []byte) string { return r.add(data) + r.end() }

// end returns what an incomplete character at the end becomes.
func (r *repair) end() string {
	rest := r.rest
	r.rest = nil
	return strings.ToValidUTF8(string(rest), "\uFFFD")
}
