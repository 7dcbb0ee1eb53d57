package runner

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
)

// bangTests plans a program whose standard output has the format "tests": each "!" is the
// result of a test, and a "?" one that is known at the end.
type bangTests struct{ compiles }

func (bangTests) Plan(req Request, _ Toolchain) (Plan, error) {
	step := Step{Stage: StageRun, Argv: strings.Fields(string(req.Files[0].Data)), Stdout: Format{Name: "tests"}}
	return Plan{Steps: []Step{step, {Stage: StageRun, Argv: []string{"out:!"}}}}, nil
}

func (bangTests) Decoder(_ Plan, f Format, to Sink) (Decoder, error) {
	if f.Name != "tests" {
		return nil, fmt.Errorf("unknown format %q", f.Name)
	}
	found := func(*Diagnostic) { to.Test(&Test{Name: "t", Outcome: TestOK}) }
	d := &bangDecoder{text: to.Text, found: found}
	return &atEnd{d, func() { to.Test(&Test{Name: "last", Outcome: TestFailed}) }}, nil
}

type atEnd struct {
	Decoder
	end func()
}

func (a *atEnd) Close() { a.end() }

// A format of standard output adds events and changes no byte.
func TestFormatOfStandardOutput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		words   string
		kinds   []Kind
		verdict Verdict
	}{
		"results after their text": {"out:a! out:b", []Kind{KindStageStart, KindStdout, KindTest, KindStdout, KindTest, KindStageEnd, KindStageStart, KindStdout, KindStageEnd}, VerdictOK},
		"no output":                {"exit:1", []Kind{KindStageStart, KindTest, KindStageEnd}, VerdictExit},
		"a signal":                 {"out:a! kill:9", []Kind{KindStageStart, KindStdout, KindTest, KindTest, KindStageEnd}, VerdictSignal},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := New(Config{Backend: &fakeBackend{}, Planner: bangTests{}, Limits: Limits{Output: 10}})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close(context.Background())
				var kinds []Kind
				var text string
				res, err := r.Run(t.Context(), program(c.words), nil, func(e Event) {
					kinds = append(kinds, e.Kind)
					text += string(e.Data)
					if (e.Kind == KindTest) != (e.Test != nil) || e.Stage != StageRun {
						t.Errorf("%+v", e)
					}
				})
				if err != nil || res.Verdict != c.verdict || !reflect.DeepEqual(kinds, c.kinds) {
					t.Errorf("%+v, %v, events %v, want %v", res, err, kinds, c.kinds)
				}
				if c.verdict == VerdictOK && text != "a!b!" {
					t.Errorf("text %q", text)
				}
			})
		})
	}
}
