package main

import (
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/runner"
)

// This file translates the types of the runner to those of collab/wire. A test holds the
// two vocabularies equal.

// detailOf returns the details of a run's end for a session, besides the verdict.
func detailOf(res runner.Result) *wire.RunDetail {
	d := &wire.RunDetail{
		Stage: wire.Stage(res.Stage), ExitCode: &res.ExitCode, Signal: signalOf(res.Signal),
		Queued: res.Queued.Nanoseconds(),
	}
	for _, h := range res.Hits {
		d.Hits = append(d.Hits, wire.Hit{Limit: h.Limit, Amount: float64(h.Amount), Unit: wire.Unit(h.Unit), Refused: h.Refused})
	}
	for _, s := range res.Stages {
		d.Stages = append(d.Stages, wire.StageReport{
			Name: wire.Stage(s.Name), ExitCode: s.ExitCode, Signal: signalOf(s.Signal), Cached: s.Cached,
			Usage: wire.StageUsage{
				Wall: s.Usage.Wall.Nanoseconds(), Waited: s.Usage.Waited.Nanoseconds(), CPU: s.Usage.CPU.Nanoseconds(),
				PeakMemory: s.Usage.PeakMemory, OOMKills: s.Usage.OOMKills, ProcessesDenied: s.Usage.ProcessesDenied,
			},
		})
	}
	return d
}

func signalOf(s runner.Signal) string {
	if s == 0 {
		return ""
	}
	return s.String()
}

// testOf returns the result of a test for a session.
func testOf(t *runner.Test) wire.Test {
	out := wire.Test{Name: t.Name, Suite: t.Suite, Outcome: wire.TestOutcome(t.Outcome), Time: t.Time.Nanoseconds(), Message: t.Message, Output: t.Output}
	if t.Place != nil {
		out.Place = &wire.TestPlace{File: t.Place.File, Line: t.Place.Line, Column: t.Place.Column}
	}
	return out
}
