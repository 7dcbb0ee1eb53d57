package runner

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/corust-dev/corust/runner/agent"
	"github.com/google/go-cmp/cmp"
)

// made plans as words does; what the program prints is the product.
type made struct {
	words
	Product
}

var thing = Product{Name: "thing", MediaType: "text/plain", Text: true, Cap: 100}

func (m made) Plan(req Request, tc Toolchain) (Plan, error) {
	plan, err := m.words.Plan(req, tc)
	plan.Steps[1].Product = m.Product
	return plan, err
}

// prints has an agent run a program that prints so many bytes on each stream, and stop
// it as agents do.
func prints(stdout, stderr int) *fakeBackend {
	return &fakeBackend{serve: func(_ int, a *fakeAgent) {
		if a.begin() != nil {
			return
		}
		a.start(0)
		a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce})
		a.start(1)
		end := agent.StepEnd{Nonce: a.job.Nonce, Step: 1}
		step := a.job.Steps[1]
		for _, out := range []struct {
			typ      agent.Type
			n, limit int
		}{{agent.TypeStdout, stdout, int(step.Stdout)}, {agent.TypeStderr, stderr, int(step.Stderr)}} {
			if n := min(out.n, out.limit); n > 0 {
				a.w.Write(out.typ, bytes.Repeat([]byte("x"), n))
			}
			if out.n > out.limit {
				end.Killed, end.Exit, end.Signal = agent.KilledOutput, -1, int(SIGKILL)
			}
		}
		a.w.WriteJSON(agent.TypeStepEnd, end)
		a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
		<-a.gone
	}}
}

// A product may be larger than what a program may print, up to its own cap.
func TestProductHasACapOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		stdout, stderr int
		output         int64
		verdict        Verdict
		made           int
		hits           []Hit
	}{
		{"small", 3, 0, 10, VerdictOK, 3, nil},
		{"larger than the limit of output", 90, 0, 10, VerdictOK, 90, nil},
		{"larger than its cap", 190, 0, 10, VerdictOutput, 100, []Hit{{Limit: "output", Amount: 100, Unit: UnitBytes}}},
		{"larger than its cap, with a limit that is more", 190, 0, 200, VerdictOK, 190, nil},
		{"on the other stream", 0, 50, 10, VerdictOutput, 0, []Hit{{Limit: "output", Amount: 10, Unit: UnitBytes}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, err := New(Config{Backend: prints(tt.stdout, tt.stderr), Planner: made{Product: thing}, Limits: Limits{Output: tt.output}})
				if err != nil {
					t.Fatal(err)
				}
				defer finish(t, r)
				var data []byte
				res, err := r.Run(t.Context(), program(""), nil, func(e Event) {
					switch e.Kind {
					case KindStdout:
						t.Errorf("%q is also output", e.Data)
					case KindProduct:
						if *e.Product != thing {
							t.Errorf("part of %+v", e.Product)
						}
						data = append(data, e.Data...)
					}
				})
				if err != nil || res.Verdict != tt.verdict || len(data) != tt.made {
					t.Errorf("%d bytes, want %d; %+v, error %v", len(data), tt.made, res, err)
				}
				if diff := cmp.Diff(tt.hits, res.Hits); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// emitted returns the product and the warnings of a run in which the program prints
// pieces.
func emitted(t *testing.T, p Product, pieces ...string) (data string, warnings []string) {
	t.Helper()
	b := &fakeBackend{serve: func(_ int, a *fakeAgent) {
		if a.begin() != nil {
			return
		}
		a.start(0)
		a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce})
		a.start(1)
		for _, piece := range pieces {
			a.w.Write(agent.TypeStdout, []byte(piece))
		}
		a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Step: 1})
		a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
		<-a.gone
	}}
	r, err := New(Config{Backend: b, Planner: made{Product: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer finish(t, r)
	over := false
	res, err := r.Run(t.Context(), program(""), nil, func(e Event) {
		switch {
		case e.Kind == KindProduct:
			data += string(e.Data)
		case e.Kind == KindWarning:
			warnings = append(warnings, e.Warning)
		case e.Kind == KindStageEnd && e.Stage == StageRun:
			over = true
		}
		if over && e.Kind != KindStageEnd {
			t.Errorf("%s after the end of the stage", e.Kind)
		}
	})
	if err != nil || res.Verdict != VerdictOK {
		t.Errorf("%+v, error %v", res, err)
	}
	return data, warnings
}

// A product that may be cut ends with a whole line.
func TestProductIsCutAtALine(t *testing.T) {
	t.Parallel()
	cuttable := Product{Name: "view", MediaType: "text/plain", Text: true, Cap: 10, Cut: true}
	for _, tt := range []struct {
		name   string
		pieces []string
		want   string
		cut    bool
	}{
		{"nothing", nil, "", false},
		{"no line", []string{"abc"}, "abc", false},
		{"as long as the cap", []string{"abcd\n", "efgh\n"}, "abcd\nefgh\n", false},
		{"as long as the cap, and no line at the end", []string{"abcd\nefghi"}, "abcd\nefghi", false},
		{"one byte more, at a line", []string{"abcd\nefgh\ni"}, "abcd\nefgh\n", true},
		{"one byte more, in a line", []string{"abcd\nefghij"}, "abcd\n", true},
		{"in pieces", []string{"ab", "cd", "\nef", "gh", "i", "j"}, "abcd\n", true},
		{"the last byte is a piece", []string{"abcdefghi\n", "\n"}, "abcdefghi\n", true},
		{"a line that is too long", []string{"abcdefgh", "ijk"}, "abcdefghij", true},
		{"a line that is cut in a character", []string{"abcdefgh", "\u20ac"}, "abcdefgh", true},
		{"bytes that are no characters", []string{"abcdefgh\x80\x80\x80"}, "abcdefgh\x80\x80", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				data, warnings := emitted(t, cuttable, tt.pieces...)
				if data != tt.want || (len(warnings) == 1) != tt.cut {
					t.Errorf("%q, want %q; warnings %q, cut: %t", data, tt.want, warnings, tt.cut)
				}
				if tt.cut && warnings[0] != "view is longer than 10 bytes and was cut" {
					t.Errorf("warning %q", warnings[0])
				}
			})
		})
	}
}
