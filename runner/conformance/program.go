package conformance

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/docker/go-units"
)

// A hostile program says at its head, in lines that begin with "//!", what must
// come of it: first "row N:" and what it does, then one field a line.
//
//	verdict       what runner.Result must say; several are joined by "|". "exit"
//	              may be followed by the code, or else means the argument;
//	              "signal" by the names of signals
//	stage         the stage that it is about; run if not given
//	exit, signal  the code or signal with another verdict
//	limits        overrides: run=, compile=, memory=, processes=
//	args          one run for each, split at "|"
//	stdin         text, or "endless" or "silent"
//	stdout        exactly this line
//	stdout-bytes, stderr-bytes
//	              exactly so many bytes
//	frames        at most so many events
//	mode          debug if not given
//	repeat        how many runs of each argument; CORUST_TEST_REPEAT overrides it
//	check         a function of checks in attacks.go
//
//go:embed testdata/attacks
var testdata embed.FS

// doc is this package's documentation, which lists the rows without a program.
//
//go:embed doc.go
var doc string

// rowCount is how many rows the table of attacks has.
const rowCount = 80

// withoutProgram reads the rows of doc, with the reasons.
func withoutProgram() map[int]string {
	rows := map[int]string{}
	for line := range strings.Lines(doc) {
		number, reason, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "//\t"), "\t")
		if n, err := strconv.Atoi(number); ok && err == nil {
			rows[n] = reason
		}
	}
	return rows
}

// generated are the cases whose source is made by a function.
var generated = []struct {
	name   string
	attack func(*suite, *testing.T, *runner.Runner)
}{
	{"36-leave-and-find", (*suite).leaveAndFind},
	{"58-deep-nesting", (*suite).deepNesting},
	{"72-exit-at-the-deadline", (*suite).exitAtTheDeadline},
}

const attackDir = "testdata/attacks"

// helper is the module that hostile programs may use.
const helper = "sys.rs"

// program is one hostile program.
type program struct {
	name   string // of the file, without .rs
	text   []byte
	rows   []int
	fields map[string]string
}

// programs reads them all, in the order of their rows.
func programs(t *testing.T) []program {
	t.Helper()
	entries, err := fs.ReadDir(testdata, attackDir)
	if err != nil {
		t.Fatal(err)
	}
	var all []program
	for _, e := range entries {
		if e.Name() == helper {
			continue
		}
		text := read(t, e.Name())
		p := program{name: strings.TrimSuffix(e.Name(), ".rs"), text: text, fields: map[string]string{}}
		if err := p.parse(); err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		all = append(all, p)
	}
	if len(all) < 60 {
		t.Fatalf("only %d hostile programs", len(all))
	}
	return all
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := testdata.ReadFile(path.Join(attackDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var fieldNames = []string{"verdict", "stage", "exit", "signal", "limits", "args", "stdin", "stdout", "stdout-bytes", "stderr-bytes", "frames", "mode", "repeat", "check"}

// parse reads the head.
func (p *program) parse() error {
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
				p.rows = append(p.rows, n)
			}
		case ok && slices.Contains(fieldNames, key):
			p.fields[key] = value
		case len(p.fields) == 1: // the description goes on
		default:
			return fmt.Errorf("%q is no field", line)
		}
	}
	if p.fields["row"] == "" || p.fields["verdict"] == "" {
		return fmt.Errorf("it does not say its row and verdict")
	}
	return nil
}

// request makes a run of it.
func (p *program) request() (runner.Request, error) {
	req := runner.Request{
		Mode:  runner.ModeDebug,
		Files: []runner.File{{Name: runner.MainFile, Data: p.text}},
	}
	if mode := p.fields["mode"]; mode != "" {
		req.Mode = runner.Mode(mode)
	}
	for entry := range strings.FieldsSeq(p.fields["limits"]) {
		key, value, _ := strings.Cut(entry, "=")
		var err error
		switch key {
		case "run":
			req.Limits.RunTime, err = time.ParseDuration(value)
		case "compile":
			req.Limits.CompileTime, err = time.ParseDuration(value)
		case "memory":
			req.Limits.Memory, err = units.RAMInBytes(value)
		case "processes":
			req.Limits.Processes, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("limit %q is not known", key)
		}
		if err != nil {
			return req, err
		}
	}
	switch in := p.fields["stdin"]; in {
	case "":
	case "endless":
		req.Stdin = &counting{}
	default:
		req.Stdin = strings.NewReader(in)
	}
	return req, nil
}

// repeats is how many times each run is made. CORUST_TEST_REPEAT sets it for the
// programs that are repeated at all; 1,000 take about an hour on two processors.
func (p *program) repeats(t *testing.T) int {
	t.Helper()
	n := max(1, p.number(t, "repeat"))
	if text := os.Getenv("CORUST_TEST_REPEAT"); text != "" && n > 1 {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("CORUST_TEST_REPEAT: invalid number %q (want 1 or more)", text)
		}
	}
	return n
}

// number is a numeric field; -1 if it is not there.
func (p *program) number(t *testing.T, field string) int {
	t.Helper()
	if p.fields[field] == "" {
		return -1
	}
	n, err := strconv.Atoi(p.fields[field])
	if err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return n
}

// judge compares a run with what the head demands.
func (p *program) judge(t *testing.T, rec *record, arg string) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s\n%v", fmt.Sprintf(format, args...), rec)
	}
	stage := runner.StageRun
	if p.fields["stage"] != "" {
		stage = runner.StageName(p.fields["stage"])
	}
	want, detail, _ := strings.Cut(p.fields["verdict"], " ")
	if !slices.Contains(strings.Split(want, "|"), string(rec.Verdict)) || rec.Stage != stage {
		fail("want %s in stage %s", p.fields["verdict"], stage)
		return
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
	if exit != "" && strconv.Itoa(rec.ExitCode) != exit {
		fail("want exit code %s", exit)
	}
	if signal != "" && !slices.ContainsFunc(strings.Split(signal, "|"), func(name string) bool { return signals[name] == rec.Signal }) {
		fail("want signal %s", signal)
	}
	if out, ok := p.fields["stdout"]; ok && rec.stdout() != out+"\n" {
		fail("want %q on standard output", out)
	}
	if n := p.number(t, "stdout-bytes"); n >= 0 && len(rec.stdout()) != n {
		fail("want %d bytes of standard output, got %d", n, len(rec.stdout()))
	}
	if n := p.number(t, "stderr-bytes"); n >= 0 && len(rec.stderr()) != n {
		fail("want %d bytes of standard error, got %d", n, len(rec.stderr()))
	}
	if n := p.number(t, "frames"); n >= 0 && len(rec.Events) > n {
		fail("%d events, at most %d", len(rec.Events), n)
	}
}
