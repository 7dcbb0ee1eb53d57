package simnet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// The operations of schedules with several owners; see [Contest].
const (
	Pause Op = "pause" // server Who does nothing for N ticks, like a stopped process; messages to it wait
	Lose  Op = "lose"  // server Who does not learn the outcome of its next write, which lands if At is even, and asks N ticks later
	Move  Op = "move"  // editor Who leaves its server for server At
)

// ownership is a server's knowledge of its right to write. It handles unknown outcomes
// as collab.Session does: it calls [store.Settle], keeps its connections and queues
// their messages.
type ownership struct {
	log      store.Log
	settling bool  // a write has an unknown outcome
	paused   int64 // the tick at which the pause ends
	waiting  []func()
	busy     bool // handling the first of the queued events

	lose      bool // the server does not learn the outcome of the next write
	landed    bool // whether that write landed
	settledIn int64
}

func (o *ownership) end() {
	o.log, o.settling, o.waiting = nil, false, nil
}

// node returns the server's name since its last restart.
func (s *Server) node() store.Node { return store.Node(fmt.Sprint("n", s.index, ".", s.life)) }

// Pause stops the server for some ticks. Its connections stay.
func (s *Server) Pause(d int64) {
	s.paused = max(s.paused, s.w.now+d)
	s.w.At(s.paused, s.goOn)
}

// Lose hides from the server whether its next write has landed; the server asks after
// some ticks.
func (s *Server) Lose(landed bool, d int64) { s.lose, s.landed, s.settledIn = true, landed, d }

func (o *ownership) blocked(now int64) bool { return o.settling || o.paused > now }

// waits queues an event, and reports true, if the server is paused, does not know the
// outcome of a write, or has queued events to handle first.
func (s *Server) waits(do func()) bool {
	if !s.blocked(s.w.now) && (len(s.waiting) == 0 || s.busy) {
		return false
	}
	s.waiting = append(s.waiting, do)
	return true
}

// goOn handles the queued events in the order in which they came.
func (s *Server) goOn() {
	for len(s.waiting) > 0 && !s.blocked(s.w.now) {
		do := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.busy = true
		do()
		s.busy = false
	}
}

// write calls do, and hides its outcome after Lose.
func (s *Server) write(do func() error) error {
	if !s.lose || s.w.healing {
		return do()
	}
	s.lose = false
	if s.landed {
		if err := do(); err != nil {
			return err
		}
	}
	return store.ErrUnknown
}

// known reports whether a write of entries after version v is done. If it failed, the
// server starts afresh. If its outcome is unknown, the server settles it some ticks
// later, repeats the write if it did not land, and then sends the acknowledgements.
func (s *Server) known(err error, v wire.Version, entries []wire.Entry, again func() bool) bool {
	if errors.Is(err, store.ErrUnknown) && s.w.cfg.Guess {
		err = nil // the planted fault
	}
	var conflict *store.ConflictError
	switch {
	case err == nil:
		return true
	case errors.Is(err, store.ErrUnknown):
		s.settling = true
		life := s.life
		s.w.After(s.settledIn, func() {
			if s.life == life {
				s.settle(v, entries, again)
			}
		})
		return false
	case errors.As(err, &conflict):
		// Only the owner appends, and it knows what it has appended.
		s.w.fail(fmt.Errorf("server %d, term %d: %w", s.index, s.log.Grant().Term, err))
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrFenced), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrDuplicate):
	default:
		s.w.fail(err)
	}
	s.reset()
	return false
}

func (s *Server) settle(v wire.Version, entries []wire.Entry, again func() bool) {
	l, landed, err := store.Settle(context.Background(), s.w.log, session, s.node(), s.log, v, entries)
	if err != nil {
		if !errors.Is(err, store.ErrFenced) && !errors.Is(err, store.ErrNotFound) {
			s.w.fail(err)
		}
		s.reset()
		return
	}
	s.log, s.settling = l, false
	switch {
	case !landed:
		if !again() {
			return // the outcome is unknown again, or the server has started afresh
		}
	case !s.putSettings():
		return
	}
	s.send(s.auth.Deliveries())
	s.goOn()
}

// stepOwner does a step of [Contest], if it is one.
func (w *World) stepOwner(server *Server, s Step) bool {
	switch s.Op {
	case Pause:
		server.Pause(int64(s.N))
	case Lose:
		server.Lose(s.At%2 == 0, int64(s.N))
	case Move:
		if len(w.editors) > 0 {
			w.editors[s.Who%len(w.editors)].Move(w.servers[s.At%len(w.servers)])
		}
	default:
		return false
	}
	return true
}

// Move connects the editor to another server, which takes over the session.
func (e *Editor) Move(to *Server) {
	e.Disconnect()
	e.server, e.forced = to, true
	e.Connect()
}

// route returns the server that an editor connects to: the editor's server, or, if that
// would have to load the session, the owner, if it answers. After a move it is always
// the editor's server, as if the owner had been declared dead.
func (w *World) route(e *Editor) *Server {
	if e.forced || e.server.auth != nil || len(w.servers) == 1 {
		e.forced = false
		return e.server
	}
	i, err := w.log.Info(context.Background(), session)
	if err != nil {
		w.fail(err)
	}
	for _, s := range w.servers {
		if s.auth != nil && s.node() == i.Owner && !s.blocked(w.now) {
			return s
		}
	}
	return e.server
}

// Contest generates a script of n steps in which two or three servers contend for the
// session: editors move between servers, the first editor to move brings the ownership
// along while the others still push to the old owner, servers pause and resume, and
// outcomes of writes are unknown.
func Contest(seed uint64, n int) Script {
	s := Generate(seed, n)
	rng := rand.New(rand.NewPCG(seed, 0x0b0e))
	s.Servers = 2 + rng.IntN(2)
	s.Editors = max(s.Editors, 2)
	often := []int{20, 60, 150}[rng.IntN(3)] // in 1000 steps
	for i := range s.Steps {
		if rng.IntN(1000) < often {
			s.Steps[i] = Step{
				After: s.Steps[i].After, Op: []Op{Pause, Lose, Lose, Move, Move}[rng.IntN(5)],
				Who: rng.IntN(8), At: rng.IntN(6), N: []int{1, 10, 100, 1000}[rng.IntN(4)],
			}
		}
	}
	return s
}
