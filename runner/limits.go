package runner

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"
)

// Limits bound a run. A zero field means the runner's default.
type Limits struct {
	// Memory is the most memory of all processes of the box together, including files
	// in /work and /tmp. There is no swap on top.
	Memory int64 `json:"memory_bytes,omitempty"`
	// Processes is how many processes and threads may exist at once, including the few
	// threads of the agent. A program runs on at most an eighth as many processors, so
	// that several thread pools with a thread for each processor fit.
	Processes int `json:"processes,omitempty"`
	// CPUs caps the processors' time: 1.5 is one and a half processors' worth.
	// Zero means no cap: boxes then share the processors evenly.
	CPUs float64 `json:"cpus,omitempty"`
	// CompileTime and RunTime are wall time for the two stages.
	CompileTime time.Duration `json:"compile_time_ns,omitempty"`
	RunTime     time.Duration `json:"run_time_ns,omitempty"`
	// InputTime is how much longer than RunTime the program may take while it waits for
	// standard input and is idle. A program that has waited so long is killed. Available
	// input and the end of input do not count as waiting.
	InputTime time.Duration `json:"input_time_ns,omitempty"`
	// Output is the most bytes on each of stdout and stderr, for each stage.
	Output int64 `json:"output_bytes,omitempty"`
	// Work and Tmp are the sizes of the writable file systems /work and /tmp, and
	// Inodes how many files each may hold.
	Work   int64 `json:"work_bytes,omitempty"`
	Tmp    int64 `json:"tmp_bytes,omitempty"`
	Inodes int64 `json:"inodes,omitempty"`
	// OpenFiles is per process.
	OpenFiles int `json:"open_files,omitempty"`
}

// Limit is one row of the table of limits: all that corust knows of one field of
// [Limits]. The bounds of requests, the flags of corust run, the keys of [limits] in the
// configuration, the reference pages and the explanations of verdicts come from it.
type Limit struct {
	// Name is the limit's key below [limits] in the configuration, and its name in
	// errors and in a Hit.
	Name string
	// Flag is the flag of corust run without its dashes, or empty.
	Flag string
	Unit Unit
	// Default is what a request gets if neither it nor the configuration sets the
	// limit. Least and Most bound what either may set: below Least, nothing runs; above
	// Most, a number is a mistake.
	Default, Least, Most Amount
	// Optional is set if the limit may be 0, which means unlimited.
	Optional bool
	// Enforcer enforces the limit by the mechanism that Means names.
	Enforcer Enforcer
	Means    string
	// About names what is limited, as a noun phrase.
	About string
	// Hit is the predicate of a sentence about a compiler or program that met the limit,
	// with %s for the amount. It is empty if no verdict names the limit.
	Hit string

	field field
}

// Enforcer is the part of corust that enforces a limit.
type Enforcer string

// The enforcers.
const (
	// EnforcerBox means that the box is made with the limit; see BoxSpec.
	EnforcerBox Enforcer = "box"
	// EnforcerAgent means that the agent in the box gets the limit with its job.
	EnforcerAgent Enforcer = "agent"
)

// day is the most time of any kind.
const day = Amount(24 * time.Hour)

// limitTable has a row for each field of Limits. Its defaults are those that the Rust
// community's public sandboxes settled on for memory (512 MiB without swap), processes
// (128) and time (10 s), a compiler budget that a debug build against a large crate
// still meets, and file systems that together stay below half the memory they are
// charged to, so that filling them is ENOSPC and not the OOM killer.
var limitTable = []Limit{
	{
		Name: "memory", Flag: "memory", Unit: UnitBytes, Default: 512 << 20, Least: 16 << 20, Most: 1 << 40,
		Enforcer: EnforcerBox, Means: "memory cgroup",
		About: "memory of the box, files in /work and /tmp included; no swap",
		Hit:   "was stopped at the memory limit of %s",
		field: fieldOf[int64](func(l *Limits) *int64 { return &l.Memory }),
	},
	{
		Name: "processes", Flag: "pids", Unit: UnitCount, Default: 128, Least: 32, Most: 1 << 16,
		Enforcer: EnforcerBox, Means: "pids cgroup",
		About: "processes and threads at once, the agent's few included",
		Hit:   "was refused a process beyond the limit of %s",
		field: fieldOf[int](func(l *Limits) *int { return &l.Processes }),
	},
	{
		Name: "cpus", Unit: UnitCPUs, Least: 0.01, Most: 1024, Optional: true,
		Enforcer: EnforcerBox, Means: "cpu cgroup",
		About: "processors' worth of time, such as 1.5; 0 is no limit",
		field: fieldOf[float64](func(l *Limits) *float64 { return &l.CPUs }),
	},
	{
		Name: "compile_time", Flag: "compile-timeout", Unit: UnitTime, Default: Amount(30 * time.Second), Least: Amount(time.Millisecond), Most: day,
		Enforcer: EnforcerAgent, Means: "deadline in the box, and one outside",
		About: "wall time of the compiler",
		Hit:   "was stopped at its time limit of %s",
		field: fieldOf[time.Duration](func(l *Limits) *time.Duration { return &l.CompileTime }),
	},
	{
		Name: "run_time", Flag: "timeout", Unit: UnitTime, Default: Amount(10 * time.Second), Least: Amount(time.Millisecond), Most: day,
		Enforcer: EnforcerAgent, Means: "deadline in the box, and one outside",
		About: "wall time of the program",
		Hit:   "was stopped at its time limit of %s",
		field: fieldOf[time.Duration](func(l *Limits) *time.Duration { return &l.RunTime }),
	},
	{
		Name: "input_time", Flag: "input-timeout", Unit: UnitTime, Default: Amount(5 * time.Minute), Least: Amount(time.Millisecond), Most: day,
		Enforcer: EnforcerAgent, Means: "deadline in the box, and one outside",
		About: "time that the program waits for input, on top of its time limit",
		Hit:   "was stopped after it had waited %s for input",
		field: fieldOf[time.Duration](func(l *Limits) *time.Duration { return &l.InputTime }),
	},
	{
		Name: "output", Flag: "output-limit", Unit: UnitBytes, Default: 64_000, Least: 1, Most: 1 << 30,
		Enforcer: EnforcerAgent, Means: "count of bytes in the box, and one outside",
		About: "bytes on each of stdout and stderr, for each stage",
		Hit:   "was stopped at the output limit of %s",
		field: fieldOf[int64](func(l *Limits) *int64 { return &l.Output }),
	},
	{
		Name: "work", Unit: UnitBytes, Default: 160 << 20, Least: 1 << 20, Most: 1 << 40,
		Enforcer: EnforcerBox, Means: "size of the file system; RLIMIT_FSIZE",
		About: "size of /work, which holds source and program",
		Hit:   "filled /work, which has %s",
		field: fieldOf[int64](func(l *Limits) *int64 { return &l.Work }),
	},
	{
		Name: "tmp", Unit: UnitBytes, Default: 64 << 20, Least: 64 << 10, Most: 1 << 40,
		Enforcer: EnforcerBox, Means: "size of the file system",
		About: "size of /tmp",
		Hit:   "filled /tmp, which has %s",
		field: fieldOf[int64](func(l *Limits) *int64 { return &l.Tmp }),
	},
	{
		Name: "inodes", Unit: UnitCount, Default: 8192, Least: 16, Most: 1 << 24,
		Enforcer: EnforcerBox, Means: "inodes of the file systems",
		About: "files in each of /work and /tmp",
		field: fieldOf[int64](func(l *Limits) *int64 { return &l.Inodes }),
	},
	{
		Name: "open_files", Unit: UnitCount, Default: 256, Least: 16, Most: 1 << 20,
		Enforcer: EnforcerBox, Means: "RLIMIT_NOFILE",
		About: "open files of each process",
		field: fieldOf[int](func(l *Limits) *int { return &l.OpenFiles }),
	},
}

// LimitTable returns the table of limits: a row for each field of Limits.
func LimitTable() []Limit { return slices.Clone(limitTable) }

// LimitNamed returns the row of that name.
func LimitNamed(name string) (Limit, bool) {
	i := slices.IndexFunc(limitTable, func(l Limit) bool { return l.Name == name })
	if i < 0 {
		return Limit{}, false
	}
	return limitTable[i], true
}

// DefaultLimits are the default limits of a run, from the table.
var DefaultLimits = func() (l Limits) {
	for _, row := range limitTable {
		row.Set(&l, row.Default)
	}
	return l
}()

// Of returns the limit's amount in l, or 0 if it is not set.
func (row Limit) Of(l Limits) Amount { return row.field.of(&l) }

// Set sets the limit in l to an amount that Check accepts.
func (row Limit) Set(l *Limits, n Amount) { row.field.set(l, n) }

// field is a field of Limits.
type field interface {
	of(l *Limits) Amount
	set(l *Limits, n Amount)
}

// fieldOf returns a pointer to a field of type T.
type fieldOf[T int | int64 | float64 | time.Duration] func(*Limits) *T

func (f fieldOf[T]) of(l *Limits) Amount     { return Amount(*f(l)) }
func (f fieldOf[T]) set(l *Limits, n Amount) { *f(l) = T(n) }

// Check returns an *InvalidError if the limit cannot be set to n. NaN is outside every
// bound.
func (row Limit) Check(n Amount) error { return row.within(n, row.Most) }

func (row Limit) within(n, most Amount) error {
	if n == 0 && row.Optional || n >= row.Least && n <= most {
		return nil
	}
	return &InvalidError{Field: "limits." + row.Name, Reason: fmt.Sprintf("%s is not between %s and %s", row.Unit.Format(n), row.Unit.Format(row.Least), row.Unit.Format(most))}
}

// Parse parses the amount in a flag or a variable, and checks it.
func (row Limit) Parse(text string) (Amount, error) {
	n, err := row.Unit.Parse(text)
	if err == nil {
		err = row.Check(n)
	}
	return n, err
}

// Check returns an *InvalidError for the first field of l that is set and out of bounds.
// The upper bounds are the lower of the table's and those in max; a zero field of max
// sets no bound.
func (l Limits) Check(max Limits) error {
	for _, row := range limitTable {
		most := row.Most
		if m := row.Of(max); m != 0 {
			most = min(most, m)
		}
		if n := row.Of(l); n != 0 {
			if err := row.within(n, most); err != nil {
				return err
			}
		}
	}
	return nil
}

// Or returns l with its zero fields taken from d.
func (l Limits) Or(d Limits) Limits {
	for _, row := range limitTable {
		if row.Of(l) == 0 {
			row.Set(&l, row.Of(d))
		}
	}
	return l
}

// Unit is the unit of an Amount.
type Unit string

// The units.
const (
	UnitBytes Unit = "bytes"
	UnitTime  Unit = "ns"    // nanoseconds
	UnitCount Unit = "count" // whole things
	UnitCPUs  Unit = "cpus"  // processors' worth of time
)

// Amount is an amount in a Unit. Whole amounts up to 2^53 are exact, which includes all
// that the table allows.
type Amount float64

// Format returns an amount for people: "512MiB", "1000 bytes", "1m30s", "128", "1.5".
func (u Unit) Format(n Amount) string {
	whole := math.Trunc(float64(n)) == float64(n) && math.Abs(float64(n)) < 1<<63
	switch {
	case u == UnitBytes && whole:
		return FormatSize(int64(n))
	case u == UnitTime && whole:
		return FormatTime(time.Duration(n))
	}
	return strconv.FormatFloat(float64(n), 'f', -1, 64)
}

// Parse parses an amount as people write it.
func (u Unit) Parse(text string) (Amount, error) {
	switch u {
	case UnitBytes:
		n, err := ParseSize(text)
		return Amount(n), err
	case UnitTime:
		d, err := ParseTime(text)
		return Amount(d), err
	case UnitCount:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("invalid number %q (want a whole number such as 128)", text)
		}
		return Amount(n), nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("invalid number %q (want something like 1.5)", text)
	}
	return Amount(n), nil
}

// ParseSize parses a number of bytes. Units are powers of 1,024 with or without the i,
// as in docker run; a bare number is bytes.
func ParseSize(text string) (int64, error) {
	n, err := units.RAMInBytes(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("invalid size %q (want something like 512MiB or 64000)", text)
	}
	return n, nil
}

// FormatSize formats whole binary multiples as such and everything else in bytes.
func FormatSize(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d%s", n/unit.size, unit.name)
		}
	}
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// ParseTime parses a duration.
func ParseTime(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("invalid duration %q (want something like 10s or 1m30s)", text)
	}
	return d, nil
}

// FormatTime formats a duration without trailing zero units: "5m", "24h".
func FormatTime(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
