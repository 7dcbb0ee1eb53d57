package agent

import (
	"bytes"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Counters are the kernel's counters of a box. The value of a file that is missing is
// reported as 0.
type Counters struct {
	// OOM is memory.oom_control (v1) or memory.events (v2), Peak is
	// memory.max_usage_in_bytes or memory.peak, Usage memory.usage_in_bytes or
	// memory.current, Pids is pids.events.
	OOM, Peak, Usage, Pids *os.File
}

// OpenCounters opens what /sys/fs/cgroup shows of the box's own control group,
// as container engines mount it, in either version.
func OpenCounters() *Counters {
	return OpenCountersAt("/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup")
}

// OpenCountersAt opens the counters in a memory and a pids group of version 1,
// or else in a group of version 2. Peak is opened for writing where that is
// allowed, so that it can be reset between steps.
func OpenCountersAt(memoryV1, pidsV1, v2 string) *Counters {
	open := func(names ...string) *os.File {
		for _, name := range names {
			for _, flag := range []int{os.O_RDWR, os.O_RDONLY} {
				if f, err := os.OpenFile(name, flag|unix.O_CLOEXEC, 0); err == nil {
					return f
				}
			}
		}
		return nil
	}
	return &Counters{
		OOM:   open(memoryV1+"/memory.oom_control", v2+"/memory.events"),
		Peak:  open(memoryV1+"/memory.max_usage_in_bytes", v2+"/memory.peak"),
		Usage: open(memoryV1+"/memory.usage_in_bytes", v2+"/memory.current"),
		Pids:  open(pidsV1+"/pids.events", v2+"/pids.events"),
	}
}

// Files lists the counters in a fixed order, nil where missing, for handing them
// through an exec; CountersFromFiles is its inverse.
func (c *Counters) Files() []*os.File { return []*os.File{c.OOM, c.Peak, c.Usage, c.Pids} }

// CountersFromFiles builds Counters from what Files gave.
func CountersFromFiles(f []*os.File) *Counters {
	return &Counters{OOM: f[0], Peak: f[1], Usage: f[2], Pids: f[3]}
}

// reading is the state of the counters when a step begins.
type reading struct {
	oom, pids, peak int64
	reset           bool // Peak was reset and speaks of this step alone
	sampler         *sampler
}

// begin reads the counters before a step.
func (c *Counters) begin() *reading {
	r := &reading{
		oom:  field(c.OOM, "oom_kill"),
		pids: field(c.Pids, "max"),
	}
	if c.Peak != nil {
		_, err := c.Peak.WriteAt([]byte("0"), 0)
		r.reset = err == nil
		r.peak = number(c.Peak)
	}
	if !r.reset {
		r.sampler = startSampler(c.Usage)
	}
	return r
}

// since reports the step's peak memory in bytes, kills for memory and refused
// forks. Where the peak cannot be reset, an earlier step may have had the higher
// one; then it is the highest of the samples taken meanwhile.
func (c *Counters) since(r *reading) (peak, oomKills, denied int64) {
	peak = number(c.Peak)
	if r.sampler != nil {
		sampled := r.sampler.stop()
		if peak <= r.peak {
			peak = sampled
		}
	}
	return peak, field(c.OOM, "oom_kill") - r.oom, field(c.Pids, "max") - r.pids
}

// sampler watches a usage file.
type sampler struct {
	quit, done chan struct{}
	max        atomic.Int64
}

const samplePeriod = 20 * time.Millisecond

func startSampler(usage *os.File) *sampler {
	s := &sampler{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		tick := time.NewTicker(samplePeriod)
		defer tick.Stop()
		for {
			s.max.Store(max(s.max.Load(), number(usage)))
			select {
			case <-tick.C:
			case <-s.quit:
				return
			}
		}
	}()
	return s
}

func (s *sampler) stop() int64 {
	close(s.quit)
	<-s.done
	return s.max.Load()
}

// number reads a file that holds one number; 0 when it cannot.
func number(f *os.File) int64 {
	n, _ := strconv.ParseInt(string(bytes.TrimSpace(contents(f))), 10, 64)
	return n
}

// field reads the number after a word that begins a line; 0 if there is none.
func field(f *os.File, word string) int64 {
	for line := range bytes.Lines(contents(f)) {
		name, value, ok := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		if ok && string(name) == word {
			n, _ := strconv.ParseInt(string(value), 10, 64)
			return n
		}
	}
	return 0
}

func contents(f *os.File) []byte {
	if f == nil {
		return nil
	}
	var buf [1024]byte
	n, _ := f.ReadAt(buf[:], 0)
	return buf[:n]
}

// diskFull reports whether a writable file system of the box has no block or no
// inode left.
func diskFull() bool {
	for _, dir := range []string{WorkDir, "/tmp"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) != nil || st.Type != unix.TMPFS_MAGIC {
			continue
		}
		if st.Blocks > 0 && st.Bfree == 0 || st.Files > 0 && st.Ffree == 0 {
			return true
		}
	}
	return false
}
