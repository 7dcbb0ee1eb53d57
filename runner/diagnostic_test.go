package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/corust-dev/corust/runner/agent"
)

// bangDecoder reads the format "bangs": text is what is written without "!", and each of
// those is a diagnostic. A "?" is only shown when the stream ends.
type bangDecoder struct {
	text  func([]byte)
	found func(*Diagnostic)
	rest  []byte
}

func (d *bangDecoder) Write(data []byte) {
	for _, c := range data {
		switch c {
		case '!':
			d.found(&Diagnostic{Level: LevelError, Message: "bang"})
		case '?':
			d.rest = append(d.rest, c)
		default:
			d.text([]byte{c})
		}
	}
}

func (d *bangDecoder) Close() { d.text(d.rest) }

// compiles plans the words of main.rs as the command of the compiler, which
// writes bangs; then a program that says "ran".
type compiles struct{}

func (compiles) Check(Request, Toolchain) error { return nil }

func (compiles) Plan(req Request, _ Toolchain) (Plan, error) {
	return Plan{Files: req.Files, Steps: []Step{
		{Stage: StageCompile, Argv: strings.Fields(string(req.Files[0].Data)), Stderr: Format{Name: "bangs"}},
		{Stage: StageRun, Argv: []string{"out:ran"}},
	}}, nil
}

func (compiles) SourceOptions(Request) (Choices, error) { return Choices{}, nil }

func (compiles) Decoder(_ Plan, f Format, to Sink) (Decoder, error) {
	if f.Name != "bangs" {
		return nil, fmt.Errorf("unknown format %q", f.Name)
	}
	return &bangDecoder{text: to.Text, found: to.Diagnostic}, nil
}

// The cap on output holds for the text that is read, not for what it is read
// from: a stage is judged as if the text had been written.
func TestFormat(t *testing.T) {
	for name, c := range map[string]struct {
		words   string
		text    string
		found   int
		verdict Verdict
		stages  int
	}{
		"text and diagnostics":       {"err:a!b!", "ab", 2, VerdictOK, 2},
		"text at the end":            {"err:a?!", "a?", 1, VerdictOK, 2},
		"an error":                   {"err:a! exit:1", "a", 1, VerdictCompileError, 1},
		"exactly the cap":            {"err:0123456789", "0123456789", 0, VerdictOK, 2},
		"more raw than the cap":      {"err:" + strings.Repeat("!", 100) + "x", "x", 100, VerdictOK, 2},
		"more text than the cap":     {"err:0123456789a! err:b", "0123456789", 1, VerdictOutput, 1},
		"with the end of the stream": {"err:0123456789?", "0123456789", 0, VerdictOutput, 1},
		"too much, and an error":     {"err:0123456789ab exit:1", "0123456789", 0, VerdictOutput, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &fakeBackend{}
				r, err := New(Config{Backend: b, Planner: compiles{}, Limits: Limits{Output: 10}})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close(context.Background())
				var text string
				var found int
				var kinds []Kind
				req := program(c.words)
				req.Diagnostics = true
				res, err := r.Run(t.Context(), req, nil, func(e Event) {
					kinds = append(kinds, e.Kind)
					switch e.Kind {
					case KindStderr:
						text += string(e.Data)
					case KindDiagnostic:
						if found++; e.Stage != StageCompile || e.Diagnostic.Message != "bang" {
							t.Errorf("%+v", e)
						}
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				if text != c.text || found != c.found || res.Verdict != c.verdict || len(res.Stages) != c.stages {
					t.Errorf("%q, %d found, %+v", text, found, res)
				}
				if res.Verdict == VerdictOutput && (res.ExitCode != -1 || res.Signal != SIGKILL || res.Stage != StageCompile) {
					t.Errorf("another end than that of a stage whose text was plain: %+v", res)
				}
				if kinds[0] != KindStageStart || slices.Index(kinds, KindStageEnd) < slices.Index(kinds, KindDiagnostic) {
					t.Errorf("events %v", kinds)
				}
			})
		})
	}
}

// An agent that sends more than it was told to is not well.
func TestFormatBeyondItsRawLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{serve: func(_ int, a *fakeAgent) {
			if a.begin() != nil {
				return
			}
			a.start(0)
			limit := a.job.Steps[0].Stderr
			for sent := int64(0); sent <= limit; sent += agent.MaxPayload {
				if a.w.Write(agent.TypeStderr, make([]byte, agent.MaxPayload)) != nil {
					return
				}
			}
			a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
		}}
		r, err := New(Config{Backend: b, Planner: compiles{}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close(context.Background())
		sum := 0
		_, err = r.Run(t.Context(), program(""), nil, func(e Event) { sum += len(e.Data) })
		if err == nil || !strings.Contains(err.Error(), "out of turn") || int64(sum) > DefaultLimits.Output {
			t.Errorf("error %v, %d bytes", err, sum)
		}
	})
}
