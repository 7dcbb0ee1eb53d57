package costs

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

var (
	update       = flag.Bool("update", false, "rewrite the table")
	instructions = flag.Bool("instructions", false, "count instructions, which takes a minute")
)

const (
	table = "testdata/costs.txt"
	// tolerance is how far a cost may be from the table, as a share of it, and slack how
	// much more, for costs of a few: a map that grows costs part of an allocation an edit.
	tolerance  = 0.03
	slack      = 0.5
	agentStart = "start of the agent"
	// counted is set in a process whose instructions are counted: the name of a path.
	counted = "CORUST_TEST_COUNTED"
	// taken is how often that process takes the path.
	taken = "CORUST_TEST_TAKEN"
	// patience is how long one count may take.
	patience = 2 * time.Minute
)

// units are the columns of the table.
var units = []string{"allocations", "bytes", "instructions"}

// costs are those of one path, by unit. One that was not counted is NaN.
type costs [3]float64

func TestCosts(t *testing.T) {
	if name := os.Getenv(counted); name != "" {
		take(t, name)
		return
	}
	if race {
		t.Skip("skipped: the race detector allocates; make costs-check runs this test without it")
	}
	want, version := read(t)
	if now := minor(runtime.Version()); version != now && !*update {
		t.Skipf("skipped: the table is of %s, and this is %s; make costs rewrites it", version, now)
	}
	valgrind, err := exec.LookPath("valgrind")
	uncounted := ""
	if err != nil {
		uncounted = "there is no valgrind; scripts/setup valgrind installs it"
	} else if !*instructions {
		uncounted = "-instructions is not set; make costs-check sets it with INSTRUCTIONS=1"
	}
	if *update && uncounted != "" {
		t.Fatalf("the table needs instructions: %s", uncounted)
	}
	var mu sync.Mutex
	got := map[string]costs{}
	t.Run("allocations", func(t *testing.T) {
		for _, p := range paths {
			t.Run(p.name, func(t *testing.T) {
				got[p.name] = allocated(t, p)
				compare(t, got[p.name], want[p.name])
			})
		}
	})
	t.Run("instructions", func(t *testing.T) {
		if uncounted != "" {
			t.Skipf("skipped: %s", uncounted)
		}
		count := func(name string, measure func(*testing.T) float64) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				n := measure(t)
				mu.Lock()
				defer mu.Unlock()
				c, ok := got[name]
				if !ok {
					c = costs{math.NaN(), math.NaN(), math.NaN()}
				}
				c[2] = n
				got[name] = c
				compare(t, costs{math.NaN(), math.NaN(), n}, want[name])
			})
		}
		for _, p := range paths {
			if p.times == 0 {
				continue
			}
			count(p.name, func(t *testing.T) float64 { return executed(t, valgrind, p, want[p.name][2]) })
		}
		count(agentStart, func(t *testing.T) float64 { return start(t, valgrind, want[agentStart][2]) })
	})
	if *update && !t.Failed() {
		write(t, got)
	}
}

// The table must name the paths that there are, or a path that is renamed is not held.
func TestTableIsComplete(t *testing.T) {
	want, _ := read(t)
	names := []string{agentStart}
	for _, p := range paths {
		names = append(names, p.name)
	}
	for name := range want {
		if !slices.Contains(names, name) {
			t.Errorf("%s names %q, which is not a path; run make costs", table, name)
		}
	}
	for _, name := range names {
		if _, ok := want[name]; !ok {
			t.Errorf("%s lacks %q; run make costs", table, name)
		}
	}
}

func TestFar(t *testing.T) {
	for _, tt := range []struct {
		got, want float64
		far       bool
	}{{100, 100, false}, {103, 100, false}, {104, 100, true}, {96, 100, true}, {0, 0, false}, {1, 0, true}, {2.4, 2, false}, {3, 2, true}, {1000, 1040, true}} {
		if far(tt.got, tt.want) != tt.far {
			t.Errorf("%v against %v: far is %v", tt.got, tt.want, !tt.far)
		}
	}
}

func far(got, want float64) bool { return math.Abs(got-want) > max(slack, tolerance*want) }

func compare(t *testing.T, got, want costs) {
	t.Helper()
	if *update {
		return
	}
	for i, unit := range units {
		if !math.IsNaN(got[i]) && far(got[i], want[i]) {
			t.Errorf("%.1f %s, the table says %.0f: find out why, and if it is right, run make costs", got[i], unit, want[i])
		}
	}
}

// allocated counts what a path allocates, on average, in all goroutines.
func allocated(t *testing.T, p path) costs {
	t.Helper()
	const times = 256
	f := p.setup(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties pools
	for range times {
		f()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		f()
	}
	runtime.ReadMemStats(&after)
	return costs{float64(after.Mallocs-before.Mallocs) / times, float64(after.TotalAlloc-before.TotalAlloc) / times, math.NaN()}
}

// take takes a path, in a process whose instructions are counted.
func take(t *testing.T, name string) {
	t.Helper()
	times, err := strconv.Atoi(os.Getenv(taken))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if p.name == name {
			f := p.setup(t)
			for range times {
				f()
			}
			return
		}
	}
	t.Fatalf("%q is not a path", name)
}

// tries is how often instructions are counted until they are as the table says. What else
// a machine does only adds to a count, through Go's scheduler, so the least is the truth.
const tries = 3

// executed counts the instructions of a path: what a process that takes it more often executes
// more.
func executed(t *testing.T, valgrind string, p path, want float64) (n float64) {
	t.Helper()
	few, many := math.Inf(1), math.Inf(1)
	count := func(times int) float64 {
		cmd := []string{os.Args[0], "-test.run=^TestCosts$", "-test.count=1"}
		return refs(t, valgrind, []string{counted + "=" + p.name, taken + "=" + strconv.Itoa(times), "GOGC=off"}, cmd)
	}
	for range tries {
		few, many = min(few, count(p.times/8)), min(many, count(p.times))
		n = (many - few) / float64(p.times-p.times/8)
		if !far(n, want) && !*update {
			break
		}
	}
	return n
}

// start counts the instructions of a start of the agent that does not find its box.
func start(t *testing.T, valgrind string, want float64) float64 {
	t.Helper()
	file := filepath.Join(t.TempDir(), "corust-agent")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "github.com/corust-dev/corust/cmd/corust-agent")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	least := math.Inf(1)
	for range 3 * tries {
		if least = min(least, refs(t, valgrind, nil, []string{file})); !far(least, want) && !*update {
			break
		}
	}
	return least
}

var refsLine = regexp.MustCompile(`I +refs: +([0-9,]+)`)

// refs counts the instructions of a command. It has one processor and no optional
// instructions, whatever the machine has, and is not interrupted for fairness.
func refs(t *testing.T, valgrind string, env, argv []string) float64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, valgrind, append([]string{"--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"}, argv...)...)
	cmd.Env = append(append(os.Environ(), "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1,cpu.all=off"), env...)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || bytes.Contains(out, []byte("FAIL"))) {
		t.Fatalf("%q: %v: %s", argv, err, out)
	}
	m := refsLine.FindSubmatch(out)
	if m == nil {
		t.Fatalf("%q: no count in %s", argv, out)
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(string(m[1]), ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// minor is the version of Go without its patch: what the runtime and the compiler cost
// changes with it.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// read gives the table and the version of Go that it is of.
func read(t *testing.T) (rows map[string]costs, version string) {
	t.Helper()
	rows = map[string]costs{}
	data, err := os.ReadFile(table)
	if errors.Is(err, fs.ErrNotExist) && *update {
		return rows, ""
	} else if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if n == 0 {
			version = strings.TrimSuffix(strings.TrimPrefix(line, "# Costs with "), ", written by make costs.")
			continue
		}
		fields := strings.Split(line, "|")
		if len(fields) != 1+len(units) {
			t.Fatalf("%s:%d: %d fields, want %d", table, n+1, len(fields), 1+len(units))
		}
		if n == 1 {
			continue
		}
		c := costs{math.NaN(), math.NaN(), math.NaN()}
		for i := range units {
			if field := strings.TrimSpace(fields[i+1]); field != "" {
				if c[i], err = strconv.ParseFloat(field, 64); err != nil {
					t.Fatalf("%s:%d: %v", table, n+1, err)
				}
			}
		}
		rows[strings.TrimSpace(fields[0])] = c
	}
	return rows, version
}

func write(t *testing.T, rows map[string]costs) {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Costs with %s, written by make costs.\n", minor(runtime.Version()))
	w := tabwriter.NewWriter(&out, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "path\t| %s\n", strings.Join(units, "\t| "))
	row := func(name string) {
		fmt.Fprint(w, name)
		for _, c := range rows[name] {
			cell := ""
			if !math.IsNaN(c) {
				cell = fmt.Sprintf(" %.0f", c)
			}
			fmt.Fprintf(w, "\t|%s", cell)
		}
		fmt.Fprintln(w)
	}
	for _, p := range paths {
		row(p.name)
	}
	row(agentStart)
	w.Flush()
	if err := os.MkdirAll(filepath.Dir(table), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
