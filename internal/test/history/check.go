// Package history drives a whole cluster while it breaks it, records what every client is
// told, and checks the record. It is a separate module, so that its checker is no
// dependency of corust.
//
//	go test -short .                   # some 20 s of faults
//	go test -timeout 9h . -for 8h
package history

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Push names what a client has sent: it repeats a push under the same name until it is
// acknowledged.
type Push struct {
	Client wire.ClientID
	Seq    wire.Seq
}

// Op is a push as its client saw it.
type Op struct {
	Push
	Called   time.Duration // when it was first sent
	Returned time.Duration // when it was acknowledged, 0 if it never was
	Version  wire.Version  // that the acknowledgement named, 0 if it named none
}

// Seen is an entry that a client was sent.
type Seen struct {
	Version wire.Version
	Push
}

// Observer is what one client was told, in order.
type Observer struct {
	Epochs []wire.Epoch // of each welcome
	Seen   []Seen
	Final  string // its text after the quiet
}

// Session is the record of one session.
type Session struct {
	Ops       []Op
	Observers []Observer
	Info      store.Info   // as the database tells at the end
	Entries   []wire.Entry // from version 0
	Text      string       // that these make
}

// Check returns what is wrong with a record: every invariant that does not hold.
func (s Session) Check() error {
	var errs []error
	fail := func(format string, args ...any) {
		if len(errs) < 20 {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	info := s.Info
	if int(info.Head) != len(s.Entries) {
		fail("the head is %d, and there are %d entries: the log has a hole", info.Head, len(s.Entries))
	}
	at := map[Push]wire.Version{}
	for i, e := range s.Entries {
		p, v := Push{e.Client, e.Seq}, wire.Version(i+1)
		if before := at[p]; before > 0 {
			fail("push %v is in the log at %d and %d", p, before, v)
		}
		at[p] = v
	}
	sent := map[Push]bool{}
	for _, op := range s.Ops {
		sent[op.Push] = true
		switch v := at[op.Push]; {
		case op.Returned > 0 && v == 0:
			fail("push %v was acknowledged and is lost", op.Push)
		case op.Version > 0 && v > 0 && op.Version != v:
			fail("push %v was acknowledged at %d and is at %d", op.Push, op.Version, v)
		}
	}
	for p, v := range at {
		if !sent[p] {
			fail("entry %d, push %v, was never sent", v, p)
		}
	}
	for n, o := range s.Observers {
		for _, e := range o.Epochs {
			if e != info.Epoch {
				fail("client %d was welcomed in epoch %q, the log has %q", n, e, info.Epoch)
			}
		}
		for _, e := range o.Seen {
			if at[e.Push] != e.Version {
				fail("client %d was sent push %v as entry %d, which the log has at %d", n, e.Push, e.Version, at[e.Push])
			}
		}
		if o.Final != s.Text {
			fail("client %d has another text than the log", n)
		}
	}
	if len(errs) == 0 && !s.linearizable(at) {
		fail("the pushes are not linearizable")
	}
	return errors.Join(errs...)
}

// linearizable reports whether each push could have taken effect at one moment between its
// first sending and its acknowledgement, in the order of the log.
func (s Session) linearizable(at map[Push]wire.Version) bool {
	clients := map[wire.ClientID]int{}
	var ops []porcupine.Operation
	for _, op := range s.Ops {
		v := at[op.Push]
		if v == 0 {
			continue // it never took effect, and was never acknowledged
		}
		returned := int64(op.Returned)
		if returned == 0 {
			returned = math.MaxInt64
		}
		if _, known := clients[op.Client]; !known {
			clients[op.Client] = len(clients)
		}
		ops = append(ops, porcupine.Operation{ClientId: clients[op.Client], Input: op.Push, Output: v, Call: int64(op.Called), Return: returned})
	}
	model := porcupine.Model{
		Init: func() any { return wire.Version(0) },
		Step: func(head, _, version any) (bool, any) { return version == head.(wire.Version)+1, version },
	}
	return porcupine.CheckOperations(model, ops)
}

// Piece is what one client was sent of the output of a run.
type Piece struct {
	Run, Stream string
	Offset      int64
	Data        string
}

// CheckOutput returns what is wrong with the outputs that the clients of a session were
// sent, a list for each: every stream of a run has one content, whoever reads it and
// whenever, so that two attempts of one run were never both shown.
func CheckOutput(clients [][]Piece) error {
	type stream struct{ run, name string }
	whole := map[stream][]byte{}
	for _, pieces := range clients {
		for _, p := range pieces {
			s := stream{p.Run, p.Stream}
			end := int(p.Offset) + len(p.Data)
			if grow := end - len(whole[s]); grow > 0 {
				whole[s] = append(whole[s], make([]byte, grow)...)
			}
			for i, b := range []byte(p.Data) {
				at := &whole[s][int(p.Offset)+i]
				if *at != 0 && *at != b {
					return fmt.Errorf("run %s: byte %d of %s is %q for one and %q for another", p.Run, int(p.Offset)+i, p.Stream, *at, b)
				}
				*at = b
			}
		}
	}
	for s, data := range whole {
		if i := slices.Index(data, 0); i >= 0 {
			return fmt.Errorf("run %s: no client received byte %d of %s", s.run, i, s.name)
		}
	}
	return nil
}
