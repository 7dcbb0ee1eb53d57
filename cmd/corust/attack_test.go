package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// leaking is a backend whose boxes take some looks to be gone, or for ever.
type leaking struct {
	runner.Backend
	looks, gone int
}

func (*leaking) Groups() int { return 2 }

func (l *leaking) Holdings(context.Context) (map[string]int, error) {
	if l.looks++; l.looks > l.gone {
		return map[string]int{"processes": 1}, nil
	}
	return map[string]int{"processes": 3, "control groups": 1}, nil
}

func TestBoxesAreGivenTimeToBeGone(t *testing.T) {
	t.Parallel()
	before := map[string]int{"processes": 1}
	more, err := left(t.Context(), &leaking{gone: 3}, before)
	if err != nil || len(more) != 0 {
		t.Errorf("left behind: %v, %v", more, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	cancel(stop)
	if _, err := left(ctx, &leaking{gone: 1 << 30}, before); !errors.Is(err, stop) {
		t.Errorf("a cancelled wait ends with %v", err)
	}
}

func TestAttackTableShowsWhatFailedAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := newApp(stdio{out: &out})
	r := &assault{Backend: "native", Before: map[string]int64{"locks": 1}, After: map[string]int64{"locks": 2}}
	r.Attacked = []attacked{
		{Program: "01-fork-bomb", What: "forks", Verdict: "held"},
		{Program: "50-oom-score", What: "is spared", Verdict: "exempt", Why: "no capability"},
	}
	if r.failed() {
		t.Error("an exempt program counts as failed")
	}
	r.Attacked = append(r.Attacked, attacked{
		Program: "17-daemon", What: "stays", Verdict: "FAILED", Why: "want ok\nverdict exit", Left: map[string]int{"processes": 2, "control groups": 1},
	})
	for _, one := range r.Attacked {
		a.showAttacked(one)
	}
	a.showAssault(r)
	want := `01-fork-bomb                 held    nothing   forks
50-oom-score                 exempt  -         is spared
                             no capability
17-daemon                    FAILED  1 control groups, 2 processes stays
                             want ok
                             verdict exit
`
	if got := out.String(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "native boxes: 1 held, 1 failed, 1 exempt\n") {
		t.Errorf("%s", got)
	}
	if !r.failed() {
		t.Error("a program that failed does not count")
	}
}
