package runner

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/corust-dev/corust/runner/agent"
)

// frames are the agent's, and those that no agent sends, in the columns of the table
// below.
const frames = "RSoecwXLlZ!JFGIPQ?"

// lives is what each frame means in each state: "." is out of turn, "+" in turn, and "!"
// the agent's word that it cannot go on. A row has a column for each of frames.
var lives = map[state]string{
	stateGreeting: "+.........!.......",
	stateAccepted: ".+....!...!.......",
	stateRunning:  "..+++++...!.......",
	stateBetween:  ".+..+.+++.!.......",
	stateLeaving:  "....+..+++!.......",
	stateEnding:   "....+....+!.......",
}

// reach has an agent of the plan of words go to a state, as it should.
func (a *fakeAgent) reach(s state) {
	if s == stateGreeting {
		return
	}
	if a.begin() != nil || s == stateAccepted {
		return
	}
	a.start(0)
	if s == stateRunning {
		return
	}
	a.end(0)
	if s == stateBetween || s == stateLeaving {
		return
	}
	a.start(1)
	a.end(1)
}

// finish has it go on from there to the end, as if all were well.
func (a *fakeAgent) finish(s state) {
	switch s {
	case stateGreeting:
		if a.begin() != nil {
			return
		}
		fallthrough
	case stateAccepted:
		a.start(0)
		fallthrough
	case stateRunning:
		a.end(0)
		fallthrough
	case stateBetween:
		a.start(1)
		a.end(1)
	}
	a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
}

func (a *fakeAgent) end(step int) {
	a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Step: step})
}

// sound is a frame that is well-formed, and in turn where its type can be.
func (a *fakeAgent) sound(s state, typ agent.Type) {
	step := map[state]int{stateBetween: 1, stateEnding: 1}[s]
	switch typ {
	case agent.TypeReady:
		a.w.WriteJSON(typ, agent.Ready{Version: agent.Version})
	case agent.TypeStepStart:
		a.start(step)
	case agent.TypeStepEnd:
		end := agent.StepEnd{Nonce: a.job.Nonce, Step: step}
		if s == stateAccepted || s == stateBetween {
			end.Exit, end.NotStarted = -1, "cannot execute it"
		}
		a.w.WriteJSON(typ, end)
	case agent.TypeStdinCredit:
		a.w.Write(typ, []byte{0, 0, 0, 0})
	case agent.TypeStdinWait:
		a.w.WriteJSON(typ, agent.StdinWait{})
	case agent.TypeLeft:
		a.w.WriteJSON(typ, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main"})
	case agent.TypeLeftData:
		if s == stateBetween || s == stateLeaving {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main", Size: 1})
		}
		a.w.Write(typ, []byte("x"))
	case agent.TypeEnd:
		a.w.WriteJSON(typ, agent.End{Nonce: a.job.Nonce})
	case agent.TypeFailure:
		a.w.WriteJSON(typ, agent.Failure{Nonce: a.job.Nonce, Error: "no disk"})
	default:
		a.w.Write(typ, []byte("x"))
	}
}

// live runs two steps that read standard input, or only the first ahead of a run, in a box
// whose agent does this.
func live(t *testing.T, ahead bool, serve func(*fakeAgent)) (res Result, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{serve: func(_ int, a *fakeAgent) { serve(a) }}, Config{Planner: reading{}, Artifacts: &kept{}, Limits: Limits{Output: 100}})
		defer finish(t, r)
		req := program("")
		req.Ahead = ahead
		res, err = r.Run(t.Context(), req, nil, nil)
	})
	return res, err
}

// reading plans a compiler that reads standard input and leaves a program, and the
// program.
type reading struct{ words }

func (p reading) Plan(req Request, tc Toolchain) (Plan, error) {
	plan, err := p.words.Plan(req, tc)
	plan.Steps[0].Stdin, plan.Steps[0].Leaves = StdinCaller, []string{".main"}
	return plan, err
}

// Every frame in every state: one that is in turn changes nothing about a run that ends
// well, and every other one ends it with an error that names both.
func TestEveryFrameInEveryState(t *testing.T) {
	t.Parallel()
	for s, row := range lives {
		for i, want := range []byte(row) {
			typ := agent.Type(frames[i])
			t.Run(fmt.Sprintf("%s/%c", s, typ), func(t *testing.T) {
				t.Parallel()
				ahead, stages := s == stateLeaving, 2
				if ahead {
					stages = 1
				}
				res, err := live(t, ahead, func(a *fakeAgent) {
					a.reach(s)
					a.sound(s, typ)
					a.follow(s, typ)
				})
				switch {
				case want == '+' && s == stateBetween && typ == agent.TypeStepEnd:
					if err != nil || res.Verdict != VerdictNoProgram {
						t.Errorf("%+v, %v; want %s", res, err, VerdictNoProgram)
					}
				case want == '+':
					if err != nil || res.Verdict != VerdictOK || len(res.Stages) != stages {
						t.Errorf("%+v, %v; want a run that ends well", res, err)
					}
				case !errors.Is(err, ErrBoxDied):
					t.Errorf("%+v, %v; want %v", res, err, ErrBoxDied)
				case want == '.':
					if named := fmt.Sprintf("frame %q out of turn in state %q", byte(typ), s); !errors.Is(err, agent.ErrProtocol) || !strings.Contains(err.Error(), named) {
						t.Errorf("%v does not say %s", err, named)
					}
				case want == '!':
					if text := err.Error(); errors.Is(err, agent.ErrProtocol) || !strings.Contains(text, "no disk") && !strings.Contains(text, "cannot execute it") {
						t.Errorf("%v does not say what the agent did", err)
					}
				}
			})
		}
	}
}

// follow goes on from where a frame has led.
func (a *fakeAgent) follow(s state, typ agent.Type) {
	switch {
	case s == stateGreeting && typ == agent.TypeReady:
		// begin greets again; the rest of it is the host's job.
		a.take()
		a.finish(stateAccepted)
	case typ == agent.TypeEnd && (s == stateEnding || s == stateLeaving):
	case typ == agent.TypeStepStart && s == stateAccepted:
		a.finish(stateRunning)
	case typ == agent.TypeStepStart && s == stateBetween:
		a.end(1)
		a.finish(stateEnding)
	case typ == agent.TypeStepEnd && s == stateRunning:
		a.finish(stateBetween)
	case typ == agent.TypeStepEnd && s == stateBetween:
		a.finish(stateEnding)
	default:
		a.finish(s)
	}
}

// The table of the test has every state and every frame of the code, and no cell differs.
func TestLifeIsWhatItsTestSays(t *testing.T) {
	t.Parallel()
	for s := range stateOver {
		if len(lives[s]) != len(frames) {
			t.Errorf("state %s: %d columns, want %d", s, len(lives[s]), len(frames))
		}
	}
	for s := range life {
		legal := 0
		for i := range lives[state(s)] {
			if lives[state(s)][i] != '.' {
				legal++
			}
		}
		if len(life[s]) != legal {
			t.Errorf("state %s takes %d frames, want %d", state(s), len(life[s]), legal)
		}
	}
	// Any byte may come as a type.
	for typ := range 256 {
		if strings.IndexByte(frames[:strings.IndexByte(frames, 'J')], byte(typ)) >= 0 {
			continue
		}
		u := run{}
		for u.state = range stateOver + 1 {
			if err := u.frame(agent.Type(typ), nil); !errors.Is(err, agent.ErrProtocol) {
				t.Errorf("a frame %q in state %s: %v", byte(typ), u.state, err)
			}
		}
	}
}

// Frames that lie, in every state: none leads to a verdict.
func TestHostileFramesInEveryState(t *testing.T) {
	t.Parallel()
	hostile := map[string]func(*fakeAgent){
		"garbage":            func(a *fakeAgent) { a.conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) },
		"a huge frame":       func(a *fakeAgent) { a.conn.Write([]byte{'o', 0xff, 0xff, 0xff, 0xff}) },
		"half a header":      func(a *fakeAgent) { a.conn.Write([]byte("X\x00")); a.conn.Close() },
		"half a frame":       func(a *fakeAgent) { a.conn.Write([]byte("X\x00\x00\x00\x09{")); a.conn.Close() },
		"silence":            func(a *fakeAgent) { a.conn.Close() },
		"too much output":    func(a *fakeAgent) { a.w.Write(agent.TypeStdout, make([]byte, 101)) },
		"too much stderr":    func(a *fakeAgent) { a.w.Write(agent.TypeStderr, make([]byte, 101)) },
		"credit for nothing": func(a *fakeAgent) { a.w.Write(agent.TypeStdinCredit, []byte{0, 1, 0, 1}) },
		"negative credit":    func(a *fakeAgent) { a.w.Write(agent.TypeStdinCredit, []byte{0xff, 0xff, 0xff, 0xff}) },
		"short credit":       func(a *fakeAgent) { a.w.Write(agent.TypeStdinCredit, []byte{1}) },
		"a wait ahead":       func(a *fakeAgent) { a.w.WriteJSON(agent.TypeStdinWait, agent.StdinWait{At: 1}) },
		"a negative wait":    func(a *fakeAgent) { a.w.WriteJSON(agent.TypeStdinWait, agent.StdinWait{Want: -1}) },
		"another version":    func(a *fakeAgent) { a.w.WriteJSON(agent.TypeReady, agent.Ready{Version: agent.Version + 1}) },
		"a file of another": func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: "forged", Step: 0, Name: ".main", Size: 1})
		},
		"a file that is not due": func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".other", Size: 1})
		},
		"a huge file": func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main", Size: agent.MaxLeft + 1})
		},
		"a file below nothing": func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main", Size: -2})
		},
		"a file too many": func(a *fakeAgent) {
			for range 2 {
				a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main"})
			}
		},
		"half a file": func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main", Size: 2})
			a.w.Write(agent.TypeLeftData, []byte("x"))
		},
		"more than the file": func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: 0, Name: ".main", Size: 1})
			a.w.Write(agent.TypeLeftData, []byte("xx"))
		},
		"an end of another": func(a *fakeAgent) { a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: "forged"}) },
	}
	for _, typ := range []agent.Type{agent.TypeReady, agent.TypeStepStart, agent.TypeStepEnd, agent.TypeStdinWait, agent.TypeLeft, agent.TypeEnd, agent.TypeFailure} {
		for name, text := range map[string]string{"no JSON": "{", "another JSON": "[]", "nothing": "", "a number too large": `{"step":1e99,"version":1e99,"at":1e99,"error":1}`} {
			hostile[fmt.Sprintf("%c with %s", typ, name)] = func(a *fakeAgent) { a.w.Write(typ, []byte(text)) }
		}
	}
	for _, step := range []int{-1, 0, 1, 2, 1 << 30} {
		forged := step != 0 && step != 1
		nonce := func(a *fakeAgent) string {
			if forged {
				return a.job.Nonce
			}
			return "forged"
		}
		hostile[fmt.Sprintf("a false start of step %d", step)] = func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeStepStart, agent.StepStart{Nonce: nonce(a), Step: step})
		}
		hostile[fmt.Sprintf("a false end of step %d", step)] = func(a *fakeAgent) {
			a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: nonce(a), Step: step})
		}
	}
	for s := range stateOver {
		for name, lie := range hostile {
			t.Run(fmt.Sprintf("%s/%s", s, name), func(t *testing.T) {
				t.Parallel()
				res, err := live(t, s == stateLeaving, func(a *fakeAgent) {
					a.reach(s)
					lie(a)
					a.finish(s)
				})
				if !errors.Is(err, ErrBoxDied) {
					t.Errorf("%+v, %v", res, err)
				}
			})
		}
	}
}
