// Command testsum reads the output of "go test -json" and prints failures in full,
// every skipped test with its reason, the ten slowest tests, and a last line that
// counts.
//
//	go test -json ./... | testsum
//
// It exits with 1 if a test or a build failed, or if no test ran.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// event is a line of test2json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

type summary struct {
	out                     io.Writer
	output                  map[string][]string // of tests and packages that have not ended
	skips                   []string
	timed                   []timing // top-level tests that passed or failed
	passed, failed, skipped int
	broken                  bool // a package failed outside of its tests
}

// timing is how long a top-level test ran, its subtests included and the time that
// it waited for other parallel tests excluded.
type timing struct {
	test    string
	elapsed time.Duration
}

// slowest is how many of the slowest tests are listed.
const slowest = 10

func main() {
	s := &summary{out: os.Stdout, output: map[string][]string{}}
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintf(os.Stderr, "testsum: %v\n", err)
		os.Exit(1)
	}
	if !s.report() {
		os.Exit(1)
	}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				s.out.Write(line) // output of the go command outside of tests
			} else {
				s.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) take(e event) {
	key := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		s.output[key] = append(s.output[key], e.Output)
		return
	case "build-fail":
		s.broken = true
		fmt.Fprint(s.out, strings.Join(s.output[key], ""))
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e, s.output[key])
		} else {
			s.endTest(e, s.output[key])
		}
	default:
		return
	}
	delete(s.output, key)
}

func (s *summary) endTest(e event, output []string) {
	if e.Action != "skip" && !strings.Contains(e.Test, "/") {
		s.timed = append(s.timed, timing{short(e.Package) + " " + e.Test, seconds(e.Elapsed)})
	}
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		fmt.Fprintf(s.out, "--- %s %s\n%s", e.Package, e.Test, strings.Join(output, ""))
	case "skip":
		s.skipped++
		s.skips = append(s.skips, fmt.Sprintf("skipped: %s %s: %s", short(e.Package), e.Test, reason(output)))
	}
}

func (s *summary) endPackage(e event, output []string) {
	took := seconds(e.Elapsed)
	switch e.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok    %-50s %v\n", short(e.Package), took)
	case "fail":
		s.broken = true
		fmt.Fprintf(s.out, "FAIL  %-50s %v\n%s", short(e.Package), took, strings.Join(output, ""))
	}
}

// seconds is an event's time to the hundredth of a second.
func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond)
}

// short leaves out the module's own path.
func short(pkg string) string { return strings.TrimPrefix(pkg, "github.com/corust-dev/corust/") }

// reason is why a test was skipped: the line that t.Skip logs, or the line of a script
// that skips, with the values of the script's variables.
func reason(output []string) string {
	last, variables := "no reason given", map[string]string{}
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "===") {
			continue
		}
		last = line
		if name, value, ok := strings.Cut(line, "="); ok {
			variables[name] = value
		}
	}
	if _, rest, ok := strings.Cut(last, ".go:"); ok {
		if _, text, ok := strings.Cut(rest, ": "); ok {
			return text
		}
	}
	if _, text, ok := strings.Cut(last, " skip "); ok {
		last = text
	}
	return os.Expand(last, func(name string) string { return variables[name] })
}

// report prints the results and returns whether all tests passed.
func (s *summary) report() bool {
	for _, line := range s.skips {
		fmt.Fprintln(s.out, line)
	}
	slices.SortStableFunc(s.timed, func(a, b timing) int { return cmp.Compare(b.elapsed, a.elapsed) })
	for _, t := range s.timed[:min(slowest, len(s.timed))] {
		fmt.Fprintf(s.out, "slow: %8v  %s\n", t.elapsed, t.test)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return s.failed == 0 && !s.broken && s.passed > 0
}
