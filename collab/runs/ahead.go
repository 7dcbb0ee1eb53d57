package runs

import (
	"context"
	"time"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// Compiler compiles the files of sessions ahead of their runs, so that a run of the same
// files with the same settings need not. It does that as background work: a compilation
// may wait long, and may end early to give its place to a run.
type Compiler interface {
	// Compile compiles files for a run that a session's settings ask for, and calls begun
	// when the compiler starts. It blocks until the compilation has ended, and returns soon
	// after ctx is done. An error is a failure of corust.
	Compile(ctx context.Context, c Compilation, begun func()) (Compiled, error)
}

// Compilation is one compilation ahead of a run.
type Compilation struct {
	Session  wire.SessionID
	Owner    string // whose work it is, as in authority.Visitor
	Files    []wire.File
	Settings wire.Settings
}

// Compiled is how a compilation ahead has ended.
type Compiled struct {
	// State is empty if the compiler reached no end: it met a limit, or there is nothing to
	// compile.
	State       wire.AheadState
	Diagnostics []wire.Diagnostic
	// Evicted is set if the compilation made way for a run. It may be tried again.
	Evicted bool
	// Limit is set if the compiler met a limit.
	Limit bool
	// Took is the processor time that the compilation used, or how long it was under way if
	// that is more, without the wait for a place.
	Took time.Duration
}

// Text identifies what a session would compile: its files and its settings. Settings
// counts their changes.
type Text struct {
	Version  wire.Version
	Settings int
}

// Rest is for how long a text must not change before it is compiled ahead.
const Rest = 250 * time.Millisecond

// Schedule decides when a session compiles ahead of a run. It is pure and belongs to one
// goroutine, whose owner calls Next after every event and when the session gets a turn of
// [Turns].
//
// A text is compiled once, after it has rested for [Rest], while a member has it open and
// nothing runs, and at most one compilation is under way. It is cancelled when the text
// changes, when the last member leaves, and, if the compiler has not started, when a
// run begins; a run joins a compiler that has started. After a compilation that was
// evicted, the text rests again. After one that met a limit, nothing is compiled until a
// member runs something: so a source that exhausts the compiler costs one limit.
type Schedule struct {
	text     Text
	since    time.Time // when the text came to rest
	settled  bool      // nothing more is done with the text
	blocked  bool      // until a run
	of       Text      // that is compiled, while active
	active   bool
	begun    bool // the compiler has started
	canceled bool
}

// Seen is the state of the session for Next.
type Seen struct {
	Text    Text
	Open    bool // a member is there
	Running bool // a run is under way
	Turn    bool // the session has a turn
}

// Step is what to do next.
type Step struct {
	Start  bool      // a compilation of the text; only with a turn
	Cancel bool      // the compilation under way
	Due    time.Time // ask for a turn, for when the text has rested; zero: ask for none
}

// Next returns what to do now.
func (s *Schedule) Next(now time.Time, seen Seen) Step {
	if seen.Text != s.text || s.since.IsZero() {
		s.text, s.since, s.settled = seen.Text, now, false
	}
	s.blocked = s.blocked && !seen.Running
	if s.active {
		var unwanted bool
		if seen.Running {
			unwanted = !s.begun // otherwise the run may have joined it
		} else {
			unwanted = !seen.Open || s.of != s.text
		}
		cancel := unwanted && !s.canceled
		s.canceled = s.canceled || unwanted
		return Step{Cancel: cancel}
	}
	if s.settled || s.blocked || seen.Running || !seen.Open {
		return Step{}
	}
	if due := s.since.Add(Rest); !seen.Turn || now.Before(due) {
		return Step{Due: due}
	}
	s.of, s.active, s.begun, s.canceled = s.text, true, false, false
	return Step{Start: true}
}

// Begun reports that the compiler has started.
func (s *Schedule) Begun() { s.begun = true }

// Ended reports the end of the compilation, and tells whether it is of the session's text,
// which may have changed since the last Next.
func (s *Schedule) Ended(now time.Time, text Text, c Compiled) (current bool) {
	s.active = false
	s.blocked = s.blocked || c.Limit
	switch {
	case s.of != text:
		return false
	case s.canceled || c.Evicted:
		s.since = now
		return false
	}
	s.settled = true
	return true
}

// Covers reports whether the text is compiled ahead, or will be.
func (s *Schedule) Covers(text Text) bool {
	return s.text == text && s.settled || s.active && s.of == text && s.begun
}

// Ahead is the outcome of a compilation ahead of a run. A nil Ahead is none.
type Ahead struct {
	state   wire.AheadState
	version wire.Version
	of      *State // holds the diagnostics
}

// NewAhead returns the outcome of compiling the files of a document at its head.
func NewAhead(doc Document, c Compiled) *Ahead {
	a := &Ahead{state: c.State, version: doc.Version(), of: &State{started: wire.RunStarted{Version: doc.Version()}, lengths: lengths(doc.Files())}}
	a.of.Diagnose(doc.Epoch(), c.Diagnostics)
	return a
}

// At gives the outcome at the head of the document, where no state is left if the text has
// changed since. It gives nil if the history does not reach back to the compilation.
func (a *Ahead) At(doc Document) *wire.AheadMsg {
	if a == nil {
		return nil
	}
	m := &wire.AheadMsg{Epoch: doc.Epoch(), Version: doc.Version(), List: []wire.Diagnostic{}}
	if a.version == doc.Version() {
		m.State = a.state
	}
	if a.of.diagnostics != nil {
		moved := a.of.DiagnosticsAt(doc)
		if moved == nil {
			return nil
		}
		m.List = moved.List
	}
	return m
}

func lengths(set files.Set) map[wire.FileID]int {
	m := map[wire.FileID]int{}
	for _, f := range set.All() {
		m[f.ID] = f.Text.Len()
	}
	return m
}
