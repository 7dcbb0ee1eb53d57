package suite

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
)

// mixed are hostile programs that are over at once, each after another resource.
var mixed = []string{
	"02-thread-limit-survived", "06-all-tmpfs-fill", "06-filters", "06-record-locks", "06-shared-memory-fill",
	"06-socket-buffers", "06-socket-options", "09-inode-fill", "10-huge-file", "12-flood-stderr", "17-daemon",
	"18-double-fork", "19-kill-everything", "26-abort", "27-bus-error", "29-proc", "31-file-systems", "36-leave",
	"38-network", "39-protocols", "39-sockets", "42-namespaces", "45-disk-flush", "45-page-cache",
	"45-shared-by-all", "48-leases", "50-priority", "54-terminal", "80-merged-pages",
}

// floods are programs that send process 1 every signal, all the time.
var floods = []string{"20-flood-init", "20-kill-init"}

// mixture runs mixed programs; CORUST_TEST_MIXTURE is the number of runs.
func (s *suite) mixture(t *testing.T) {
	s.crowd(t, mixed, count(t, "CORUST_TEST_MIXTURE", s.traits.Mixture))
}

// flood runs floods; CORUST_TEST_FLOODS is the number of runs.
func (s *suite) flood(t *testing.T) {
	s.crowd(t, floods, count(t, "CORUST_TEST_FLOODS", 4))
}

// count returns the number in a variable of the environment, or else n.
func count(t *testing.T, variable string, n int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return n
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: invalid number %q (want 1 or more)", variable, text)
	}
	return n
}

// margin is what remains of the time for a test when it begins no more runs.
const margin = time.Minute

// crowd runs n of some programs at random, several at once, and compares what the host
// measures of itself before and after. They are compiled once, here: what is measured
// is boxes and not compilers. It makes fewer runs where go test -timeout is too short
// for them, and says how many.
func (s *suite) crowd(t *testing.T, names []string, n int) {
	loader, ok := map[string]string{"amd64": "/lib64/ld-linux-x86-64.so.2", "arm64": "/lib/ld-linux-aarch64.so.1"}[runtime.GOARCH]
	if !ok {
		t.Skipf("the hostile programs name the system calls of amd64 and arm64, not of %s", runtime.GOARCH)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return s.traits.Skip[name] != "" })
	programs, binaries := compile(t, names)
	r := s.runner(t, runner.Config{MaxBoxes: 4, Planner: executables{loader, binaries}})
	once := func(p conformance.Program) error {
		req, err := p.Request()
		if err != nil {
			return err
		}
		req.Files = []runner.File{{Name: runner.MainFile, Data: []byte(p.Name)}}
		req.Args = p.Briefest()
		stdin, unblock := p.Stdin()
		defer unblock()
		rec, err := conformance.Try(t.Context(), r, req, stdin, nil)
		if err == nil {
			err = p.Judge(rec, "")
		}
		if err != nil {
			return fmt.Errorf("%s: %w\n%v", p.Name, err, rec)
		}
		return nil
	}
	for _, p := range programs { // what the kernel makes once, it makes now
		if err := once(p); err != nil {
			t.Fatal(err)
		}
	}
	s.settled(t, r, nil, 0)
	held := s.holdings(t)
	looks := []look{{0, measure(t)}}

	rng := testseed.Rand(t)
	start, made := time.Now(), 0
	end, bounded := t.Deadline()
	timely := func() bool { return !bounded || time.Until(end) > margin }
	parts := 1
	if n >= manyRuns {
		parts = windows
	}
	for part := range parts {
		work := make(chan conformance.Program)
		var workers sync.WaitGroup
		for range 4 {
			workers.Go(func() {
				for p := range work {
					if err := once(p); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for ; made < n*(part+1)/parts && timely(); made++ {
			work <- programs[rng.IntN(len(programs))]
		}
		close(work)
		workers.Wait()
		s.settled(t, r, held, 0)
		looks = append(looks, look{made, measure(t)})
		t.Logf("%d runs of %d after %v", made, n, time.Since(start).Round(time.Second))
	}
	before, after := looks[0].machine, looks[len(looks)-1].machine
	for _, kind := range slices.Sorted(maps.Keys(before)) {
		t.Logf("%-36s %10d before, %10d after, %+.3f a run", kind, before[kind], after[kind], growth(looks, kind))
	}
	for kind, most := range map[string]float64{ // a run, for as many that what others do is little
		"kernel memory (KiB)": 1, "memory of sockets (KiB)": 1, "control groups": 0.05, "network namespaces": 0.05, "sockets": 0.05,
		"inotify instances": 0.01, "inotify instances of this user": 0.01, "inotify watches": 0.05,
	} {
		if grown := growth(looks, kind); made >= manyRuns && grown > most {
			t.Errorf("%s: %+.3f a run in %d runs, at most %v", kind, grown, made, most)
		}
	}
	for _, kind := range []string{"locks", "mounts"} {
		if after[kind] > before[kind]+8 { // other programs of the machine have some
			t.Errorf("%s: %d, before %d", kind, after[kind], before[kind])
		}
	}
}

const (
	// manyRuns is how many runs it takes to tell what each of them leaves: other programs
	// take and give back some 400 KiB of kernel memory, less than 1 KiB a run in a window.
	manyRuns = 3000
	// windows is into how many parts these are divided.
	windows = 6
)

// look is what the machine had after so many runs.
type look struct {
	runs    int
	machine map[string]int64
}

// growth is by how much a kind grows with each run: the median of what it does between
// looks, without the first time if there are several. So neither a cache that fills once nor
// another program that takes or gives back much in one window looks like a leak, while a leak
// is in every window.
func growth(looks []look, kind string) float64 {
	var slopes []float64
	for i, l := range looks[1:] {
		if runs := l.runs - looks[i].runs; runs > 0 {
			slopes = append(slopes, float64(l.machine[kind]-looks[i].machine[kind])/float64(runs))
		}
	}
	if len(slopes) > 1 {
		slopes = slopes[1:]
	}
	if len(slopes) == 0 {
		return 0
	}
	slices.Sort(slopes)
	return (slopes[(len(slopes)-1)/2] + slopes[len(slopes)/2]) / 2
}

// measure returns the least of several measurements of the host: other programs come
// and go.
func measure(t *testing.T) map[string]int64 {
	t.Helper()
	var least map[string]int64
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 5 {
		m, err := conformance.Machine()
		if err != nil {
			t.Fatal(err)
		}
		if least == nil {
			least = m
		}
		for kind, n := range m {
			least[kind] = min(least[kind], n)
		}
		<-tick.C
	}
	return least
}

// compile compiles the programs with the rustc of this machine.
func compile(t *testing.T, names []string) ([]conformance.Program, map[string][]byte) {
	t.Helper()
	all, err := conformance.Programs()
	if err != nil {
		t.Fatal(err)
	}
	var programs []conformance.Program
	binaries := map[string][]byte{}
	for _, name := range names {
		i := slices.IndexFunc(all, func(p conformance.Program) bool { return p.Name == name })
		if i < 0 {
			t.Fatalf("there is no program %s", name)
		}
		req, err := all[i].Request()
		if err != nil {
			t.Fatal(err)
		}
		binaries[name] = build(t, req)
		programs = append(programs, all[i])
	}
	return programs, binaries
}

// executables plans a run of an executable by its name, which is the request's text.
type executables struct {
	loader   string
	binaries map[string][]byte
}

func (executables) Check(runner.Request, runner.Toolchain) error { return nil }

func (e executables) Plan(req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	return runner.Plan{
		Files: []runner.File{{Name: "program", Data: e.binaries[string(req.Files[0].Data)]}},
		Steps: []runner.Step{{
			Stage: runner.StageRun,
			Argv:  append([]string{e.loader, "/work/program"}, req.Args...),
			Env:   boxenv.Environ(),
			Stdin: runner.StdinCaller,
		}},
	}, nil
}

func (executables) SourceOptions(runner.Request) (runner.Choices, error) {
	return runner.Choices{}, nil
}

func (executables) Decoder(_ runner.Plan, f runner.Format, _ runner.Sink) (runner.Decoder, error) {
	return nil, fmt.Errorf("unknown format %q", f.Name)
}
