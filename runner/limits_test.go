package runner

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner/agent"
	"github.com/google/go-cmp/cmp"
)

// A field of Limits without a row would have no default, no bounds and no key.
func TestEveryLimitHasOneRow(t *testing.T) {
	t.Parallel()
	rows, names, flags := map[string]Limit{}, map[string]bool{}, map[string]bool{}
	for _, row := range LimitTable() {
		var l Limits
		to := reflect.ValueOf(row.field).Call([]reflect.Value{reflect.ValueOf(&l)})[0]
		at := to.Pointer() - reflect.ValueOf(&l).Pointer()
		for _, f := range reflect.VisibleFields(reflect.TypeFor[Limits]()) {
			if f.Offset == at {
				rows[f.Name] = row
			}
		}
		if row.Name == "" || names[row.Name] || row.Flag != "" && flags[row.Flag] {
			t.Errorf("%q: the name or the flag %q is taken", row.Name, row.Flag)
		}
		names[row.Name], flags[row.Flag] = true, true
		if row.About == "" || row.Means == "" {
			t.Errorf("%s: what is limited, or by what, is missing", row.Name)
		}
		if err := row.Check(row.Default); err != nil {
			t.Errorf("%s: the default: %v", row.Name, err)
		}
		if row.Hit != "" && strings.Count(row.Hit, "%s") != 1 {
			t.Errorf("%s: %q has no place for the amount", row.Name, row.Hit)
		}
		if found, ok := LimitNamed(row.Name); !ok || found.Name != row.Name {
			t.Errorf("%s is not found by its name", row.Name)
		}
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Limits]()) {
		if _, ok := rows[f.Name]; !ok {
			t.Errorf("Limits.%s has no row in the table (limits.go)", f.Name)
		}
	}
	if len(rows) != len(LimitTable()) {
		t.Errorf("%d rows for %d fields", len(LimitTable()), len(rows))
	}
	if _, ok := LimitNamed("none"); ok {
		t.Error("there is a limit named none")
	}
}

// distinct are limits of which each has an amount that no other has, and that no other
// field of a job or a box has by accident.
func distinct() (l Limits) {
	for i, row := range limitTable {
		row.Set(&l, row.Most-Amount(i)-1)
	}
	return l
}

// A limit is enforced only if its enforcer gets it.
func TestEveryLimitIsToldToItsEnforcer(t *testing.T) {
	t.Parallel()
	limits := distinct()
	amounts := func(v any) map[Amount]bool {
		found := map[Amount]bool{}
		collect(reflect.ValueOf(v), found)
		return found
	}
	told := map[Enforcer]map[Amount]bool{EnforcerBox: amounts(limits.Spec("")), EnforcerAgent: amounts(jobOf(t, limits))}
	for _, row := range limitTable {
		if n := row.Of(limits); !told[row.Enforcer][n] {
			t.Errorf("the %s is not told of limits.%s = %v", row.Enforcer, row.Name, n)
		}
	}
}

// jobOf is the job that an agent gets for a run with these limits.
func jobOf(t *testing.T, limits Limits) agent.Job {
	t.Helper()
	var sent bytes.Buffer
	u := &run{req: Request{Limits: limits}, plan: Plan{Steps: []Step{{Stage: StageCompile}, {Stage: StageRun}}}, to: agent.NewWriter(&sent)}
	if err := u.send(); err != nil {
		t.Fatal(err)
	}
	typ, payload, err := agent.NewReader(&sent).Next()
	var job agent.Job
	if err == nil {
		err = agent.Decode(typ, payload, &job)
	}
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// collect adds every number within a value.
func collect(v reflect.Value, to map[Amount]bool) {
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), to)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			collect(v.Index(i), to)
		}
	case v.CanInt():
		to[Amount(v.Int())] = true
	case v.CanFloat():
		to[Amount(v.Float())] = true
	}
}

func TestLimitsTakeTheirDefaults(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(DefaultLimits, Limits{}.Or(DefaultLimits)); diff != "" {
		t.Error(diff)
	}
	own := distinct()
	if diff := cmp.Diff(own, own.Or(DefaultLimits)); diff != "" {
		t.Error(diff)
	}
}

func TestLimitsOutOfBounds(t *testing.T) {
	t.Parallel()
	for _, row := range limitTable {
		for _, n := range []Amount{row.Least - Amount(math.Ldexp(1, -10)), row.Most + 1, -1, Amount(math.NaN()), Amount(math.Inf(1))} {
			var invalid *InvalidError
			if err := row.Check(n); !errors.As(err, &invalid) || invalid.Field != "limits."+row.Name {
				t.Errorf("%s = %v: error %v", row.Name, n, err)
			}
		}
		for _, n := range []Amount{row.Least, row.Most} {
			var l Limits
			row.Set(&l, n)
			if err := l.Check(Limits{}); err != nil || row.Of(l) != n {
				t.Errorf("%s = %v: %v, error %v", row.Name, n, row.Of(l), err)
			}
		}
		var l, most Limits
		row.Set(&l, row.Most)
		row.Set(&most, row.Most-1)
		if err := l.Check(most); err == nil {
			t.Errorf("%s: more than the caller may have is accepted", row.Name)
		}
		if err := row.Check(0); (err == nil) != row.Optional {
			t.Errorf("%s = 0: error %v", row.Name, err)
		}
	}
}

func TestLimitErrorsNameBoundsInTheirUnit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"memory", "1k", "invalid limits.memory: 1KiB is not between 16MiB and 1TiB"},
		{"memory", "1k2", `invalid size "1k2" (want something like 512MiB or 64000)`},
		{"output", "0", "invalid limits.output: 0 bytes is not between 1 byte and 1GiB"},
		{"run_time", "999999h", "invalid limits.run_time: 999999h is not between 1ms and 24h"},
		{"run_time", "10", `invalid duration "10" (want something like 10s or 1m30s)`},
		{"processes", "-1", "invalid limits.processes: -1 is not between 32 and 65536"},
		{"processes", "1.5", `invalid number "1.5" (want a whole number such as 128)`},
		{"cpus", "NaN", "invalid limits.cpus: NaN is not between 0.01 and 1024"},
		{"cpus", "many", `invalid number "many" (want something like 1.5)`},
	} {
		row, _ := LimitNamed(tt.name)
		if _, err := row.Parse(tt.text); err == nil || err.Error() != tt.want {
			t.Errorf("%s = %s: error %q, want %q", tt.name, tt.text, err, tt.want)
		}
	}
}

func TestUnitsReadWhatTheyWrite(t *testing.T) {
	t.Parallel()
	for _, row := range limitTable {
		for _, n := range []Amount{row.Default, row.Least, row.Most} {
			text := strings.Fields(row.Unit.Format(n))[0]
			if got, err := row.Unit.Parse(text); err != nil || got != n {
				t.Errorf("%s: %q is %v, want %v (%v)", row.Name, text, got, n, err)
			}
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 10 * time.Second: "10s", 5 * time.Minute: "5m", 90 * time.Second: "1m30s",
		24 * time.Hour: "24h", time.Hour + time.Second: "1h0m1s", 70 * time.Minute: "1h10m", 300 * time.Millisecond: "300ms", -time.Hour: "-1h",
	} {
		if got := FormatTime(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestHitsNameTheLimitsOfAVerdict(t *testing.T) {
	t.Parallel()
	at := func(v Verdict, stage StageName, u Usage) Result {
		return Result{Verdict: v, Stage: stage, Stages: []Stage{{Name: stage, Usage: u}}}
	}
	tooLarge := at(VerdictDisk, StageRun, Usage{})
	tooLarge.Signal = SIGXFSZ
	l := DefaultLimits
	slow := Hit{Limit: "run_time", Amount: 10e9, Unit: UnitTime}
	for name, tt := range map[string]struct {
		res  Result
		want []Hit
	}{
		"ok with refusals":          {at(VerdictOK, StageRun, Usage{ProcessesDenied: 3, OOMKills: 1}), nil},
		"slow":                      {at(VerdictTimeout, StageRun, Usage{}), []Hit{slow}},
		"slow without threads":      {at(VerdictTimeout, StageRun, Usage{ProcessesDenied: 3}), []Hit{slow, {"processes", 128, UnitCount, 3}}},
		"a box that died":           {Result{Verdict: VerdictTimeout, Stage: StageRun}, []Hit{slow}},
		"a box that died later on":  {Result{Verdict: VerdictTimeout, Stage: StageRun, Stages: []Stage{{Name: StageCompile, Usage: Usage{ProcessesDenied: 7}}}}, []Hit{slow}},
		"a slow compiler":           {at(VerdictTimeout, StageCompile, Usage{}), []Hit{{Limit: "compile_time", Amount: 30e9, Unit: UnitTime}}},
		"waited too long":           {at(VerdictTimeout, StageRun, Usage{Waited: l.InputTime}), []Hit{{Limit: "input_time", Amount: 300e9, Unit: UnitTime}}},
		"waited, and then was slow": {at(VerdictTimeout, StageRun, Usage{Waited: l.InputTime - 1}), []Hit{slow}},
		"memory":                    {at(VerdictMemory, StageRun, Usage{}), []Hit{{Limit: "memory", Amount: 512 << 20, Unit: UnitBytes}}},
		"output":                    {at(VerdictOutput, StageRun, Usage{}), []Hit{{Limit: "output", Amount: 64_000, Unit: UnitBytes}}},
		"processes":                 {at(VerdictProcesses, StageRun, Usage{ProcessesDenied: 2}), []Hit{{"processes", 128, UnitCount, 2}}},
		"a large file":              {tooLarge, []Hit{{Limit: "work", Amount: 160 << 20, Unit: UnitBytes}}},
		"a full disk":               {at(VerdictDisk, StageRun, Usage{}), []Hit{{Limit: "work", Amount: 160 << 20, Unit: UnitBytes}, {Limit: "tmp", Amount: 64 << 20, Unit: UnitBytes}}},
		"cancelled":                 {Result{Verdict: VerdictCanceled}, nil},
	} {
		if diff := cmp.Diff(tt.want, Hits(tt.res, l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, v := range []Verdict{VerdictTimeout, VerdictMemory, VerdictOutput, VerdictProcesses, VerdictDisk} {
		for _, hit := range Hits(at(v, StageRun, Usage{}), l) {
			if row, ok := LimitNamed(hit.Limit); !ok || row.Hit == "" {
				t.Errorf("%s names limits.%s, and the table does not say how to explain it", v, hit.Limit)
			}
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"512MiB", "64000", "", "-1", "1e99", "1.5g", "0x10", "9223372036854775808", "١"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSize(s)
		if err == nil && n < 0 {
			t.Errorf("%q is %d", s, n)
		}
	})
}
