package conformance

import "github.com/corust-dev/corust/runner"

type lawCase struct {
	record *Record
	ok     bool
}

// lawCases are runs that can and that cannot be.
func lawCases() map[string]lawCase {
	compiled := runner.Stage{Name: runner.StageCompile, Usage: runner.Usage{Wall: 1}}
	ran := runner.Stage{Name: runner.StageRun, ExitCode: 3, Usage: runner.Usage{Wall: 1}}
	start := func(s runner.StageName) runner.Event { return runner.Event{Kind: runner.KindStageStart, Stage: s} }
	end := func(s runner.Stage) runner.Event {
		return runner.Event{Kind: runner.KindStageEnd, Stage: s.Name, Ended: &s}
	}
	out := runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte("x")}
	queued := runner.Event{Kind: runner.KindQueued, Position: 1}
	whole := []runner.Event{queued, start("compile"), end(compiled), start("run"), out, end(ran)}
	rec := func(v runner.Verdict, stages []runner.Stage, events ...runner.Event) *Record {
		r := &Record{Events: events}
		r.Verdict, r.Stages, r.ExitCode = v, stages, -1
		if n := len(stages); n > 0 {
			r.Stage, r.ExitCode = stages[n-1].Name, stages[n-1].ExitCode
		}
		return r
	}
	both := []runner.Stage{compiled, ran}
	exit := runner.VerdictExit
	swap := func(i, j int) []runner.Event {
		e := append([]runner.Event(nil), whole...)
		e[i], e[j] = e[j], e[i]
		return e
	}
	open := rec(runner.VerdictCanceled, nil, queued, start("compile"))
	open.Stage = runner.StageCompile
	return map[string]lawCase{
		"whole":               {rec(exit, both, whole...), true},
		"cancelled in queue":  {rec(runner.VerdictCanceled, nil, queued), true},
		"cancelled inside":    {open, true},
		"ok with 3":           {rec(runner.VerdictOK, both, whole...), false},
		"nothing happened":    {rec(exit, nil), false},
		"no such verdict":     {rec("fine", both, whole...), false},
		"queued late":         {rec(exit, both, swap(0, 1)...), false},
		"output too early":    {rec(exit, both, swap(3, 4)...), false},
		"output too late":     {rec(exit, both, swap(4, 5)...), false},
		"end missing":         {rec(exit, both, whole[:5]...), false},
		"end twice":           {rec(exit, both, append(whole[:6:6], whole[5])...), false},
		"stage not in result": {rec(exit, both[:1], whole...), false},
		"stage twice":         {rec(exit, both, append(whole[:6:6], start("run"))...), false},
		"no usage":            {rec(exit, []runner.Stage{compiled, {Name: "run", ExitCode: 3}}, append(whole[:5:5], end(runner.Stage{Name: "run", ExitCode: 3}))...), false},
	}
}
