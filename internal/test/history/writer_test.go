package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/client/remote"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// writer types into a session by one node or another, and records what it sends and is told.
type writer struct {
	edit  string // the link's path
	nodes []string
	began time.Time
	rng   *rand.Rand
	runs  bool // it starts runs, too

	mu     sync.Mutex // guards what is below against finish
	c      *client.Client
	ops    map[Push]*Op
	told   Observer
	output []Piece
	ended  map[string]wire.Verdict // of runs
	quiet  bool
}

func newWriter(edit string, nodes []string, began time.Time, seed uint64, runs bool) *writer {
	return &writer{
		edit: edit, nodes: nodes, began: began, rng: rand.New(rand.NewPCG(seed, 0)), runs: runs,
		c: client.New(wire.NewKey(), ""), ops: map[Push]*Op{}, ended: map[string]wire.Verdict{},
	}
}

// run types until ctx ends, and connects again whenever the connection ends.
func (w *writer) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.connect(ctx, w.nodes[w.rng.IntN(len(w.nodes))])
		w.mu.Lock()
		w.c.Disconnect()
		w.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(50+w.rng.IntN(200)) * time.Millisecond):
		}
	}
}

func (w *writer) connect(ctx context.Context, node string) {
	dialing, cancel := context.WithTimeout(ctx, 3*time.Second)
	s, err := remote.Dial(dialing, "ws"+strings.TrimPrefix(node, "http")+w.edit+"/socket")
	cancel()
	if err != nil {
		return
	}
	messages := make(chan wire.ServerMessage)
	over := make(chan struct{})
	defer close(over)
	defer s.Close()
	go func() {
		defer close(messages)
		for {
			data, err := s.Receive()
			if err != nil {
				return
			}
			m, err := wire.DecodeServer(data)
			if err != nil {
				return
			}
			select {
			case messages <- m:
			case <-over:
				return
			}
		}
	}()
	w.mu.Lock()
	hello := w.c.Hello()
	w.mu.Unlock()
	err = s.Send(hello)
	patience := time.NewTicker(4 * time.Second) // a person goes elsewhere
	defer patience.Stop()
	heard := true
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-patience.C:
			if !heard {
				return
			}
			heard = false
		case m, ok := <-messages:
			if !ok {
				return
			}
			heard = true
			err = w.take(s, m)
		case <-time.After(time.Duration(20+w.rng.IntN(200)) * time.Millisecond):
			w.act()
		}
		if err == nil {
			err = w.send(s)
		}
	}
}

// act types, or asks for a run, unless something is unanswered or all is to be quiet.
func (w *writer) act() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quiet || !w.c.Live() || !w.c.Synced() {
		return
	}
	if w.runs && w.rng.IntN(6) == 0 {
		w.c.Run(wire.RunOptions{Mode: "debug"}, nil)
		return
	}
	// Behind the program: each client has its comment, so that the text compiles.
	n := w.c.Text().Len()
	change, err := ot.New(n, ot.Edit{From: n, To: n, Insert: fmt.Sprintf("// %d\n", w.rng.IntN(1000))})
	if err == nil {
		err = w.c.Edit(change)
	}
	if err != nil {
		panic(err) // the test is wrong
	}
}

// send sends what the client has to send, and records pushes.
func (w *writer) send(s *remote.Socket) error {
	for {
		w.mu.Lock()
		m := w.c.Next()
		if m, ok := m.(*wire.PushMsg); ok {
			p := Push{w.c.ID(), m.Seq}
			if w.ops[p] == nil {
				w.ops[p] = &Op{Push: p, Called: time.Since(w.began)}
			}
		}
		w.mu.Unlock()
		if m == nil {
			return nil
		}
		if err := s.Send(m); err != nil {
			return err
		}
	}
}

// acked records that all pushes up to seq are acknowledged, the last at v if that is known.
func (w *writer) acked(seq wire.Seq, v wire.Version) {
	for p, op := range w.ops {
		if p.Seq <= seq && op.Returned == 0 {
			op.Returned = time.Since(w.began)
			if p.Seq == seq {
				op.Version = v
			}
		}
	}
}

func (w *writer) take(s *remote.Socket, m wire.ServerMessage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	saw := func(e *wire.EntryMsg) {
		w.told.Seen = append(w.told.Seen, Seen{e.Version, Push{e.Client, e.Seq}})
	}
	switch m := m.(type) {
	case *wire.Welcome:
		w.told.Epochs = append(w.told.Epochs, m.Epoch)
		for _, e := range m.Entries {
			saw(e)
		}
		if m.Run != nil {
			for _, of := range m.Run.Messages() {
				w.ran(of)
			}
		}
		w.acked(m.AckedSeq, 0)
	case *wire.EntryMsg:
		saw(m)
	case *wire.AckMsg:
		w.acked(m.Seq, m.Version)
	default:
		w.ran(m)
	}
	if _, err := w.c.Receive(m); errors.Is(err, client.ErrOutOfStep) {
		return s.Send(w.c.Hello())
	}
	return nil
}

// ran records what a message says of a run.
func (w *writer) ran(m wire.ServerMessage) {
	switch m := m.(type) {
	case *wire.RunOutput:
		w.output = append(w.output, Piece{m.Run, string(m.Stream), m.Offset, string(m.Data)})
	case *wire.RunEnded:
		w.ended[m.Run] = m.Verdict
	}
}

// calm has the writer type no more, and reports whether all it typed is acknowledged and it
// is at the version.
func (w *writer) calm(at wire.Version) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quiet = true
	return w.c.Live() && w.c.Synced() && w.c.Version() == at
}

// record returns what the writer has recorded, once it has ended.
func (w *writer) record() ([]Op, Observer) {
	var ops []Op
	for _, op := range w.ops {
		ops = append(ops, *op)
	}
	w.told.Final = w.c.Text().String()
	return ops, w.told
}
