package cache

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
)

// opsVariable sets how many operations TestFaults makes, for a long search.
const opsVariable = "CORUST_TEST_CACHE_OPS"

// childName is the name under which the test binary starts itself as another process that
// uses a directory: childName, the directory, a seed.
const childName = "corust-test-cache"

func TestMain(m *testing.M) {
	if os.Args[0] == childName {
		seed, _ := strconv.ParseUint(os.Args[2], 10, 64)
		w := &world{dir: os.Args[1], rng: rand.New(rand.NewPCG(seed, 0)), wrong: func(text string) { fmt.Println("WRONG", text) }}
		for n := 0; ; n++ {
			w.step()
			fmt.Println(n)
		}
	}
	os.Exit(m.Run())
}

// limit is that of a world's directory, of which a few artifacts take all.
const limit = 150_000

// world makes random operations on one directory, and damages it at random.
type world struct {
	dir    string
	rng    *rand.Rand
	stores []*Store
	wrong  func(string)

	used, found, damaged int
}

// step makes one operation.
func (w *world) step() {
	if len(w.stores) == 0 || w.rng.IntN(50) == 0 {
		w.reopen()
	}
	s := w.stores[w.rng.IntN(len(w.stores))]
	n := w.rng.IntN(24)
	switch op := w.rng.IntN(100); {
	case op < 55:
		w.used++
		a := s.Artifact(key(n), always)
		if a == nil {
			return
		}
		w.found++
		// Each key has three artifacts. Any of them is right, and nothing else.
		for version := range 3 {
			if same(a, artifact(n, version, sizeOf(n))) {
				return
			}
		}
		w.wrong(fmt.Sprintf("key %d has %+v", n, a))
	case op < 85:
		s.Keep(key(n), []string{"", "a", "b"}[w.rng.IntN(3)], artifact(n, w.rng.IntN(3), sizeOf(n)))
	default:
		w.damage()
	}
}

// sizeOf is the size of the nth key's artifacts.
func sizeOf(n int) int { return 100 << (n % 9) }

// reopen is what another start of a process does.
func (w *world) reopen() {
	s, err := Open(Config{Dir: w.dir, Bytes: limit, Memory: w.rng.Int64N(2) * 30_000})
	if err != nil {
		return // the directory is damaged at the moment
	}
	if w.stores = append(w.stores, s); len(w.stores) > 3 {
		w.stores = w.stores[1:]
	}
}

// damage does something to a file of the directory, as a disk, a crash or a person might.
// What it cannot do is as good.
func (w *world) damage() {
	entries, err := os.ReadDir(w.dir)
	if err != nil || len(entries) == 0 {
		return
	}
	w.damaged++
	pick := func() string { return filepath.Join(w.dir, entries[w.rng.IntN(len(entries))].Name()) }
	name, other := pick(), pick()
	switch w.rng.IntN(12) {
	case 0: // half of a write
		if info, err := os.Stat(name); err == nil && info.Size() > 0 {
			_ = os.Truncate(name, w.rng.Int64N(info.Size()))
		}
	case 1, 2: // a bit
		if f, err := os.OpenFile(name, os.O_RDWR, 0); err == nil {
			defer f.Close()
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
				at, b := w.rng.Int64N(info.Size()), []byte{0}
				if _, err := f.ReadAt(b, at); err == nil {
					b[0] ^= 1 << w.rng.IntN(8)
					_, _ = f.WriteAt(b, at)
				}
			}
		}
	case 3: // the file of another key
		_ = os.Rename(name, other)
	case 4: // a copy of it, in which two processes may write
		if from, err := os.Open(name); err == nil {
			defer from.Close()
			if to, err := os.OpenFile(other, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err == nil {
				_, _ = io.Copy(to, from)
				_ = to.Close()
			}
		}
	case 5:
		_ = os.Chmod(name, 0o666)
	case 6:
		_ = os.Remove(name)
		_ = os.Symlink(other, name)
	case 7:
		_ = os.Remove(name)
		_ = os.MkdirAll(filepath.Join(name, "below"), 0o700)
	case 8: // zeros, as after a crash of the machine
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			_ = os.Truncate(name, 0)
			_ = os.Truncate(name, info.Size())
		}
	case 9: // clocks that go wrong
		at := time.Now().Add(time.Duration(w.rng.Int64N(int64(1000*time.Hour))) - 500*time.Hour)
		_ = os.Chtimes(name, at, at)
	case 10:
		if w.rng.IntN(20) == 0 {
			_, _ = Clear(w.dir)
		}
	case 11:
		if w.rng.IntN(40) == 0 {
			_ = os.RemoveAll(w.dir)
		}
	}
}

// A cache that is damaged, killed and shared at random returns what was kept under a key
// or nothing, and stays within its limit.
func TestFaults(t *testing.T) {
	t.Parallel()
	ops := 3000
	if text := os.Getenv(opsVariable); text != "" {
		var err error
		if ops, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", opsVariable, err)
		}
	}
	rng := testseed.Rand(t)
	dir := filepath.Join(t.TempDir(), "cache")
	w := &world{dir: dir, rng: rng, wrong: func(text string) { t.Error(text) }}
	others, kills := 0, 0
	var child *process
	for n := 0; n+others < ops; n++ {
		w.step()
		switch {
		case child == nil:
			child = startChild(t, dir, rng.Uint64())
		case rng.IntN(150) == 0:
			others += child.kill(t)
			kills++
			child = nil
		}
	}
	if child != nil {
		others += child.kill(t)
	}
	t.Logf("%d operations, %d of them in %d processes that were killed; %d of %d artifacts were found, %d faults", ops, others, kills+1, w.found, w.used, w.damaged)
	if w.found == 0 || others == 0 {
		t.Error("nothing was found, or nothing done by other processes: the test tests nothing")
	}

	// When all is quiet, one more artifact puts everything in order.
	entries, _ := os.ReadDir(dir)
	old := time.Now().Add(-2 * leftTime)
	for _, e := range entries {
		if ok, _ := filepath.Match(pattern, e.Name()); ok {
			_ = os.Chtimes(filepath.Join(dir, e.Name()), old, old)
		}
	}
	s := open(t, dir, limit)
	s.Keep(key(100), "", artifact(100, 0, 1000))
	if !same(s.Artifact(key(100), always), artifact(100, 0, 1000)) {
		t.Error("the last artifact was not kept")
	}
	u, err := UsageOf(dir)
	if err != nil || u.Bytes > limit {
		t.Errorf("%+v, %v; at most %d", u, err, limit)
	}
	for _, name := range names(t, dir) {
		if !isArtifact(name) {
			if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				t.Errorf("left: %s", name)
			}
		}
	}
}

// process is another process that uses the directory.
type process struct {
	cmd  *exec.Cmd
	done chan string // its output, after it has ended
}

func startChild(t *testing.T, dir string, seed uint64) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self), done: make(chan string, 1)}
	p.cmd.Args = []string{childName, dir, fmt.Sprint(seed)}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		var last string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if last = lines.Text(); strings.HasPrefix(last, "WRONG") {
				t.Errorf("seed %d: %s", seed, last)
			}
		}
		p.done <- last
	}()
	return p
}

// kill ends the process wherever it is, and returns how many operations it made.
func (p *process) kill(t *testing.T) int {
	t.Helper()
	_ = p.cmd.Process.Kill()
	last := <-p.done
	_ = p.cmd.Wait()
	n, _ := strconv.Atoi(last)
	return n
}
