package conformance

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// The head of a hostile program, lines that begin with "//!", states the right outcome:
// first "row N:" and what it does, then one field a line.
//
//	verdict       that of runner.Result; several are joined by "|". "exit"
//	              may be followed by the code, or else means the argument;
//	              "signal" by the names of signals
//	stage         the stage that it is about; run if not given
//	exit, signal  the code or signal with another verdict
//	limits        overrides by their names in the table, such as run_time=1s memory=64MiB
//	args          one run for each, split at "|"; the briefest comes last
//	stdin         text, or "endless" or "silent"
//	stdout        exactly this line
//	stdout-bytes, stderr-bytes
//	              exactly so many bytes
//	frames        at most so many events
//	mode          debug if not given
//	repeat        how many runs of each argument; CORUST_TEST_REPEAT overrides it
//	check         a function of checks in attack.go
//
//go:embed testdata/attacks
var testdata embed.FS

// doc is this package's documentation, which lists the rows without a program.
//
//go:embed doc.go
var doc string

// RowCount is how many rows the table of attacks has.
const RowCount = 80

// Generated are the rows whose sources are made by functions of package suite.
var Generated = []int{58, 72}

// WithoutProgram returns the rows of doc, with the reasons.
func WithoutProgram() map[int]string {
	rows := map[int]string{}
	for line := range strings.Lines(doc) {
		number, reason, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "//\t"), "\t")
		if n, err := strconv.Atoi(number); ok && err == nil {
			rows[n] = reason
		}
	}
	return rows
}

const attackDir = "testdata/attacks"

// helper is the module that hostile programs may use.
const helper = "sys.rs"

// Program is a hostile program.
type Program struct {
	Name   string // of the file, without .rs
	Rows   []int  // of the table of attacks
	text   []byte
	fields map[string]string
}

// What describes what the program does.
func (p *Program) What() string { return p.fields["row"] }

// Programs returns all hostile programs, in the order of their rows.
func Programs() ([]Program, error) {
	entries, err := fs.ReadDir(testdata, attackDir)
	if err != nil {
		return nil, err
	}
	var all []Program
	for _, e := range entries {
		if e.Name() == helper {
			continue
		}
		text, err := testdata.ReadFile(path.Join(attackDir, e.Name()))
		if err != nil {
			return nil, err
		}
		p := Program{Name: strings.TrimSuffix(e.Name(), ".rs"), text: text, fields: map[string]string{}}
		if err := p.parse(); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, p)
	}
	return all, nil
}

var fieldNames = []string{"verdict", "stage", "exit", "signal", "limits", "args", "stdin", "stdout", "stdout-bytes", "stderr-bytes", "frames", "mode", "repeat", "check"}

// parse reads the head.
func (p *Program) parse() error {
	for line := range strings.Lines(string(p.text)) {
		line, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "//! ")
		if !ok {
			break
		}
		key, value, ok := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(key, "row"):
			p.fields["row"] = value
			for number := range strings.SplitSeq(strings.Trim(key, "rows "), ", ") {
				n, err := strconv.Atoi(number)
				if err != nil {
					return fmt.Errorf("%q names no row", line)
				}
				p.Rows = append(p.Rows, n)
			}
		case ok && slices.Contains(fieldNames, key):
			p.fields[key] = value
		case len(p.fields) == 1: // the description goes on
			p.fields["row"] += " " + line
		default:
			return fmt.Errorf("unknown field %q", line)
		}
	}
	if p.fields["row"] == "" || p.fields["verdict"] == "" {
		return fmt.Errorf("its head has no row or no verdict")
	}
	return nil
}

// Request makes a run of it.
func (p *Program) Request() (runner.Request, error) {
	req := runner.Request{
		Mode:  runner.ModeDebug,
		Files: []runner.File{{Name: runner.MainFile, Data: p.text}},
	}
	if strings.Contains(string(p.text), "mod sys;") {
		shared, err := testdata.ReadFile(path.Join(attackDir, helper))
		if err != nil {
			return req, err
		}
		req.Files = append(req.Files, runner.File{Name: helper, Data: shared})
	}
	if mode := p.fields["mode"]; mode != "" {
		req.Mode = runner.Mode(mode)
	}
	for entry := range strings.FieldsSeq(p.fields["limits"]) {
		name, value, _ := strings.Cut(entry, "=")
		row, ok := runner.LimitNamed(name)
		if !ok {
			return req, fmt.Errorf("limit %q is not known", name)
		}
		amount, err := row.Parse(value)
		if err != nil {
			return req, err
		}
		row.Set(&req.Limits, amount)
	}
	return req, nil
}

// Stdin returns what the program reads, and what must be called when its run has ended.
func (p *Program) Stdin() (stdin io.Reader, unblock func()) {
	switch in := p.fields["stdin"]; in {
	case "":
		return nil, func() {}
	case "endless":
		return endless{}, func() {}
	case "silent":
		r, w := io.Pipe()
		return r, func() { w.Close() }
	default:
		return strings.NewReader(in), func() {}
	}
}

// endless is input without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "0123456789abcdef"[i%16]
	}
	return len(p), nil
}

// Briefest returns the arguments of the last run that the head lists, which is the one
// that takes the least time.
func (p *Program) Briefest() []string {
	list := strings.Split(p.fields["args"], "|")
	if last := list[len(list)-1]; last != "" {
		return []string{last}
	}
	return nil
}

// repeats is how many times each run is made. CORUST_TEST_REPEAT sets it for the
// programs that are repeated at all; 1,000 take about an hour on two processors.
func (p *Program) repeats() (int, error) {
	n, err := p.number("repeat")
	if n = max(1, n); err != nil || n == 1 {
		return n, err
	}
	if text := os.Getenv("CORUST_TEST_REPEAT"); text != "" {
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			return 0, fmt.Errorf("CORUST_TEST_REPEAT: invalid number %q (want 1 or more)", text)
		}
	}
	return n, nil
}

// number is a numeric field; -1 if it is not there.
func (p *Program) number(field string) (int, error) {
	if p.fields[field] == "" {
		return -1, nil
	}
	n, err := strconv.Atoi(p.fields[field])
	if err != nil {
		return 0, fmt.Errorf("%s: %s: %w", p.Name, field, err)
	}
	return n, nil
}

// Judge compares a run with what the head demands, given the argument of the run.
func (p *Program) Judge(rec *Record, arg string) error {
	stage := runner.StageRun
	if p.fields["stage"] != "" {
		stage = runner.StageName(p.fields["stage"])
	}
	want, detail, _ := strings.Cut(p.fields["verdict"], " ")
	if !slices.Contains(strings.Split(want, "|"), string(rec.Verdict)) || rec.Stage != stage {
		return fmt.Errorf("want %s in stage %s", p.fields["verdict"], stage)
	}
	exit, signal := p.fields["exit"], p.fields["signal"]
	switch rec.Verdict {
	case runner.VerdictExit:
		exit = detail
		if exit == "" {
			exit = arg
		}
	case runner.VerdictSignal:
		signal = detail
	}
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if exit != "" && strconv.Itoa(rec.ExitCode) != exit {
		fail("want exit code %s", exit)
	}
	if signal != "" && !slices.ContainsFunc(strings.Split(signal, "|"), func(name string) bool { return Signals[name] == rec.Signal }) {
		fail("want signal %s", signal)
	}
	if out, ok := p.fields["stdout"]; ok && rec.Stdout() != out+"\n" {
		fail("want %q on standard output", out)
	}
	for _, c := range []struct {
		field   string
		got     int
		atLeast bool
	}{{"stdout-bytes", len(rec.Stdout()), true}, {"stderr-bytes", len(rec.Stderr()), true}, {"frames", len(rec.Events), false}} {
		n, err := p.number(c.field)
		if err != nil {
			return err
		}
		if n >= 0 && (c.got > n || c.atLeast && c.got < n) {
			fail("%d %s, want %d", c.got, c.field, n)
		}
	}
	return errors.Join(errs...)
}
