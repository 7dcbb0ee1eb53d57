package history

import (
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// good is a record in which nothing is wrong: a pushes 1 and 2, b pushes 1 meanwhile, whose
// acknowledgement is lost, and 2, which is lost.
func good() Session {
	push := func(c wire.ClientID, seq wire.Seq) Push { return Push{c, seq} }
	entry := func(c wire.ClientID, seq wire.Seq) wire.Entry { return wire.Entry{Client: c, Seq: seq} }
	return Session{
		Ops: []Op{
			{push("a", 1), 1, 2, 1}, {push("a", 2), 3, 6, 3},
			{push("b", 1), 2, 0, 0}, {push("b", 2), 8, 0, 0},
		},
		Observers: []Observer{
			{[]wire.Epoch{"e", "e"}, []Seen{{1, push("a", 1)}, {2, push("b", 1)}, {2, push("b", 1)}}, "text"},
			{[]wire.Epoch{"e"}, []Seen{{3, push("a", 2)}}, "text"},
		},
		Info:    store.Info{Epoch: "e", Head: 3},
		Entries: []wire.Entry{entry("a", 1), entry("b", 1), entry("a", 2)},
		Text:    "text",
	}
}

func TestCheckFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	if err := good().Check(); err != nil {
		t.Fatalf("a good record: %v", err)
	}
	for want, plant := range map[string]func(*Session){
		"was acknowledged and is lost":    func(s *Session) { s.Entries, s.Info.Head = s.Entries[:2], 2 },
		"is in the log at":                func(s *Session) { s.Entries, s.Info.Head = append(s.Entries, s.Entries[0]), 4 },
		"the log has a hole":              func(s *Session) { s.Info.Head = 4 },
		"was never sent":                  func(s *Session) { s.Ops = s.Ops[1:] },
		"was acknowledged at":             func(s *Session) { s.Ops[0].Version = 2 },
		"was welcomed in epoch":           func(s *Session) { s.Observers[0].Epochs[1] = "f" },
		"was sent push":                   func(s *Session) { s.Observers[1].Seen[0].Version = 2 },
		"has another text":                func(s *Session) { s.Observers[1].Final = "tex" },
		"the pushes are not linearizable": func(s *Session) { s.Ops[2].Called = 7 * time.Nanosecond },
	} {
		s := good()
		plant(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("planted %q, found: %v", want, err)
		}
	}
}

func TestCheckOutputFindsASecondAttempt(t *testing.T) {
	t.Parallel()
	first := []Piece{{"r", "stdout", 0, "attempt 1\n"}, {"r", "stdout", 10, "more"}}
	if err := CheckOutput([][]Piece{first, {{"r", "stdout", 0, "attempt 1\nmore"}}, {{"r", "stdout", 12, "re"}, {"q", "stdout", 0, "x"}}}); err != nil {
		t.Error(err)
	}
	for what, second := range map[string][]Piece{
		"another attempt": {{"r", "stdout", 0, "attempt 2\n"}},
		"a gap":           {{"r", "stdout", 20, "x"}},
	} {
		if err := CheckOutput([][]Piece{first, second}); err == nil {
			t.Errorf("%s was not found", what)
		}
	}
}
