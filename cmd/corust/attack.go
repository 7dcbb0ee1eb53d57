package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
)

// held is a backend that can count what its boxes have on the machine.
type held interface {
	runner.Backend
	Holdings(context.Context) (map[string]int, error)
	Groups() int
}

// attacked is what came of one hostile program.
type attacked struct {
	Program string `json:"program"`
	Rows    []int  `json:"rows"`
	What    string `json:"what"`
	// Verdict is "held", "FAILED" or "exempt".
	Verdict string `json:"verdict"`
	// Why is what did not hold, or why the program is exempt here.
	Why string `json:"why,omitempty"`
	// Left counts what the program's boxes left on the machine after their removal.
	Left map[string]int `json:"left,omitempty"`
}

// assault is all that came of an attack.
type assault struct {
	Backend  string     `json:"backend"`
	Attacked []attacked `json:"attacked"`
	// Before and After are what was measured of the whole machine.
	Before map[string]int64 `json:"before"`
	After  map[string]int64 `json:"after"`
}

// settleTime is what boxes may take to be gone.
const settleTime = 15 * time.Second

// attack runs the hostile programs of package conformance in boxes of the backend
// that a server would take, one after the other, and calls each with every result.
func (a *app) attack(ctx context.Context, each func(attacked)) (*assault, error) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return nil, fmt.Errorf("the hostile programs name the system calls of amd64 and arm64, not of %s", runtime.GOARCH)
	}
	c, err := a.openBackend(ctx, forServer)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	backend, ok := c.Backend.(held)
	if !ok {
		return nil, fmt.Errorf("backend %q cannot count what its boxes hold", c.Name())
	}
	facts, err := conformance.FactsOf(backend.Name(), backend.Groups())
	if err != nil {
		return nil, err
	}
	programs, err := conformance.Programs()
	if err != nil {
		return nil, err
	}
	// No warm boxes, which come and go during the counts. The heads of the programs
	// assume the default limits, but for the times, which a slow machine may raise.
	limits := runner.Limits{CompileTime: a.config.Limits.Runner().CompileTime, RunTime: a.config.Limits.Runner().RunTime}
	r, err := runner.New(runner.Config{Backend: backend, Planner: a.planner(), Limits: limits, MaxBoxes: 2, Log: a.log})
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), settleTime)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			a.say("%v", err)
		}
	}()
	target := conformance.Target{Runner: r, Backend: backend}
	result := &assault{Backend: backend.Name()}
	if result.Before, err = conformance.Machine(); err != nil {
		return nil, err
	}
	before, err := backend.Holdings(ctx)
	if err != nil {
		return nil, err
	}
	exempt := facts.Exempt()
	for _, p := range programs {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		one := attacked{Program: p.Name, Rows: p.Rows, What: p.What(), Verdict: "exempt", Why: exempt[p.Name]}
		if _, ok := exempt[p.Name]; !ok {
			if err := one.attack(ctx, target, backend, p, before); err != nil {
				return nil, err
			}
		}
		result.Attacked = append(result.Attacked, one)
		each(one)
	}
	result.After, err = conformance.Machine()
	return result, err
}

// attack runs a program and records the result. before counts what the backend holds
// without any box.
func (o *attacked) attack(ctx context.Context, target conformance.Target, backend held, p conformance.Program, before map[string]int) (err error) {
	o.Verdict = "held"
	if err := target.Attack(ctx, p); err != nil {
		o.Verdict, o.Why = "FAILED", err.Error()
	}
	o.Left, err = left(ctx, backend, before)
	if len(o.Left) > 0 {
		o.Verdict = "FAILED"
	}
	return err
}

// left waits until the backend's boxes hold no more than before, and returns what
// they still have if that takes too long.
func left(ctx context.Context, backend held, before map[string]int) (map[string]int, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(settleTime)
	for {
		now, err := backend.Holdings(ctx)
		if err != nil {
			return nil, err
		}
		more := map[string]int{}
		for kind, n := range now {
			if n > before[kind] {
				more[kind] = n - before[kind]
			}
		}
		if len(more) == 0 {
			return nil, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-late:
			return more, nil
		}
	}
}

// showAttacked prints a line of the table.
func (a *app) showAttacked(one attacked) {
	leftover := "nothing"
	switch {
	case one.Verdict == "exempt":
		leftover = "-"
	case len(one.Left) > 0:
		var parts []string
		for _, kind := range slices.Sorted(maps.Keys(one.Left)) {
			parts = append(parts, fmt.Sprintf("%d %s", one.Left[kind], kind))
		}
		leftover = strings.Join(parts, ", ")
	}
	fmt.Fprintf(a.out, "%-28s %-7s %-9s %s\n", one.Program, one.Verdict, leftover, one.What)
	if one.Why != "" {
		for line := range strings.Lines(one.Why) {
			fmt.Fprintf(a.out, "%29s%s\n", "", strings.TrimSuffix(line, "\n"))
		}
	}
}

// showAssault prints the leftovers on the machine, and the totals.
func (a *app) showAssault(r *assault) {
	fmt.Fprintf(a.out, "\n%-28s %12s %12s   (of the whole machine, with all else that runs on it)\n", "", "before", "after")
	for _, kind := range slices.Sorted(maps.Keys(r.Before)) {
		fmt.Fprintf(a.out, "%-28s %12d %12d\n", kind, r.Before[kind], r.After[kind])
	}
	count := map[string]int{}
	for _, one := range r.Attacked {
		count[one.Verdict]++
	}
	fmt.Fprintf(a.out, "\n%s boxes: %d held, %d failed, %d exempt\n", r.Backend, count["held"], count["FAILED"], count["exempt"])
}

// failed reports whether anything did not hold.
func (r *assault) failed() bool {
	return slices.ContainsFunc(r.Attacked, func(one attacked) bool { return one.Verdict == "FAILED" })
}
