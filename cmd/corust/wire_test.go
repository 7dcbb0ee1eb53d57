package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/wiregen"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// TestSessionsHaveTheRunnersWords: actions, modes, editions, stages, verdicts, levels
// and units are the same in sessions, in the REST interface and in corust run --json.
func TestSessionsHaveTheRunnersWords(t *testing.T) {
	t.Parallel()
	ours, err := wiregen.Read(filepath.Join("..", "..", "collab", "wire"))
	if err != nil {
		t.Fatal(err)
	}
	runners, err := wiregen.Read(filepath.Join("..", "..", "runner"))
	if err != nil {
		t.Fatal(err)
	}
	var actions, editions []string
	for _, a := range rustc.Actions() {
		actions = append(actions, string(a.Name))
	}
	for _, e := range runner.Editions {
		editions = append(editions, string(e))
	}
	for _, tt := range []struct {
		name       string
		have, want []string
		more       []string // words that only sessions have
	}{
		{"Action", ours.Enum("Action"), actions, nil},
		{"Edition", ours.Enum("Edition"), editions, nil},
		{"Mode", ours.Enum("Mode"), runners.Enum("Mode"), nil},
		{"Stage", ours.Enum("Stage"), runners.Enum("StageName"), []string{"queued"}},
		{"Verdict", ours.Enum("Verdict"), runners.Enum("Verdict"), []string{"refused", "failed", "lost"}},
		{"TestOutcome", ours.Enum("TestOutcome"), runners.Enum("TestOutcome"), nil},
		{"Level", ours.Enum("Level"), runners.Enum("Level"), nil},
		{"Unit", ours.Enum("Unit"), runners.Enum("Unit"), []string{"utf16", "per-minute", "per-hour"}},
	} {
		have, want := slices.Sorted(slices.Values(tt.have)), slices.Sorted(slices.Values(append(tt.want, tt.more...)))
		if len(have) == 0 || !slices.Equal(have, want) {
			t.Errorf("%s has %q, want %q", tt.name, have, want)
		}
	}
}

// The detail of a run's end in a session has the members of the result that corust run
// --json prints, with the same values.
func TestDetailMatchesTheResult(t *testing.T) {
	t.Parallel()
	usage := runner.Usage{Wall: 3 * time.Second, Waited: time.Millisecond, CPU: time.Nanosecond, PeakMemory: 7, OOMKills: 1, ProcessesDenied: 2}
	res := runner.Result{
		Verdict: runner.VerdictTimeout, Stage: runner.StageRun, ExitCode: -1, Signal: runner.SIGKILL, Queued: 5 * time.Millisecond,
		Hits:   []runner.Hit{{Limit: "run_time", Amount: 10e9, Unit: runner.UnitTime}, {Limit: "processes", Amount: 128, Unit: runner.UnitCount, Refused: 2}},
		Stages: []runner.Stage{{Name: runner.StageCompile, Usage: usage}, {Name: runner.StageRun, ExitCode: -1, Signal: runner.SIGKILL, Usage: usage}},
	}
	printed, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Verdict wire.Verdict `json:"verdict"`
		wire.RunDetail
	}
	dec := json.NewDecoder(bytes.NewReader(printed))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&want); err != nil {
		t.Fatalf("%s has members that the session's detail lacks: %v", printed, err)
	}
	if got := detailOf(res); !reflect.DeepEqual(got, &want.RunDetail) {
		t.Errorf("the session has %+v\nprinted %+v", got, want.RunDetail)
	}
	if strings.Contains(string(printed), "_ms\"") {
		t.Errorf("two units of time: %s", printed)
	}
}
