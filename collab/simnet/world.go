package simnet

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

const session = "s"

// World is a simulation: one session, its log, its servers and its editors.
type World struct {
	now    int64
	number int64
	events eventQueue

	cfg      Config
	log      *memory.Store
	initial  string
	servers  []*Server
	editors  []*Editor
	page     *Page // of the editors of kind TypeScript
	healing  bool  // faults have ended
	failure  error
	saved    *wire.Snapshot
	read     wire.Version // of the log, by readLog
	logged   map[rune]int // tokens up to there
	restored int
	steps    int
}

// Config sets delays, faults and limits. Chances are in 1000.
type Config struct {
	Text      string `json:"text"`                // initial text of the session
	MinDelay  int64  `json:"min_delay,omitempty"` // of a message on a link without a fixed delay
	MaxDelay  int64  `json:"max_delay,omitempty"`
	Commit    int64  `json:"commit,omitempty"`    // how long the log takes
	Drop      int    `json:"drop,omitempty"`      // chance that a message is lost
	Duplicate int    `json:"duplicate,omitempty"` // chance that a message is delivered twice
	History   int    `json:"history"`             // entries that a server keeps in memory
	Parts     int    `json:"parts,omitempty"`     // of a push, as stated to the editors; 0: no limit
	Limit     int    `json:"limit,omitempty"`     // UTF-16 units of the text; 0: the session's default
	Wire      bool   `json:"wire,omitempty"`      // pass all messages through their JSON
	Unsafe    bool   `json:"unsafe,omitempty"`    // a planted fault: acknowledge before the commit
	Guess     bool   `json:"guess,omitempty"`     // a planted fault: take a write with an unknown outcome to have landed
	Seed      uint64 `json:"seed"`
	Kinds     []Kind `json:"kinds,omitempty"` // of the editors, in turn; none: all are Go
}

type event struct {
	at, number int64
	do         func()
}

type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].number < q[j].number
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(e any)   { *q = append(*q, e.(event)) }
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return e
}

// New makes a world with one server and no editors, all of which will be [Go].
func New(cfg Config) *World { return (*Page)(nil).New(cfg) }

// New makes a world with one server and no editors, and discards the editors of the
// page's previous world.
func (p *Page) New(cfg Config) *World {
	if cfg.MaxDelay < cfg.MinDelay {
		cfg.MaxDelay = cfg.MinDelay
	}
	w := &World{page: p, cfg: cfg, log: memory.New(), initial: cfg.Text, logged: map[rune]int{}}
	err := w.log.Create(context.Background(), session, wire.Snapshot{Epoch: "e1", Files: wire.MainText(cfg.Text)}, w.wall())
	if err != nil {
		w.fail(err)
	}
	if p != nil && p.cmd == nil {
		if err := p.start(); err != nil {
			w.fail(err)
		}
	}
	if p != nil && err == nil {
		if _, err := p.ask(pageRequest{Do: "reset"}); err != nil {
			w.fail(err)
		}
	}
	w.AddServer()
	return w
}

// wall is the simulated clock as a time, a tick being a millisecond.
func (w *World) wall() time.Time { return time.UnixMilli(w.now) }

// At schedules do for tick t, or for now if t has passed.
func (w *World) At(t int64, do func()) {
	w.number++
	heap.Push(&w.events, event{max(t, w.now), w.number, do})
}

// After schedules do for d ticks from now.
func (w *World) After(d int64, do func()) { w.At(w.now+d, do) }

// maxEvents is ten times as many events as a schedule of 250 steps with five editors takes.
const maxEvents = 30_000

// Run runs until no event is left or a check has failed.
func (w *World) Run() error {
	for len(w.events) > 0 && w.failure == nil {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
		if w.steps++; w.steps > maxEvents {
			w.fail(errors.New("the world does not come to rest"))
		}
	}
	return w.failure
}

func (w *World) fail(err error) {
	if w.failure == nil {
		w.failure = fmt.Errorf("at %d: %w", w.now, err)
	}
}

// hash mixes numbers into one, for the fate of a message.
func (w *World) hash(parts ...uint64) uint64 {
	h := w.cfg.Seed ^ 0x9E3779B97F4A7C15
	for _, p := range parts {
		h ^= p + 0x9E3779B97F4A7C15 + h<<6 + h>>2
		h ^= h >> 33
		h *= 0xff51afd7ed558ccd
		h ^= h >> 33
	}
	return h
}

// link is one direction of a connection: in order, as TCP is.
type link struct {
	w     *World
	id    uint64
	delay int64 // fixed, or -1 for a delay from Config
	count uint64
	last  int64
}

// send carries a message to the other end, or loses it, or carries it twice.
func (l *link) send(deliver func()) {
	l.count++
	fate := l.w.hash(l.id, l.count)
	delay := l.delay
	if delay < 0 {
		delay = l.w.cfg.MinDelay + int64(fate>>40)%(l.w.cfg.MaxDelay-l.w.cfg.MinDelay+1)
	}
	at := max(l.w.now+delay, l.last)
	l.last = at
	if !l.w.healing {
		if int(fate%1000) < l.w.cfg.Drop {
			return
		}
		if int(fate>>12%1000) < l.w.cfg.Duplicate {
			l.w.At(at, deliver)
		}
	}
	l.w.At(at, deliver)
}

// connection joins an editor with a server. When it is cut, messages under way to the
// editor are lost; messages under way to the server still arrive, like bytes in a
// socket's buffer.
type connection struct {
	editor   *Editor
	server   *Server
	conn     authority.ConnID
	up, down link
	cut      bool
	mute     bool // half open: messages are dropped in both directions
}

func (c *connection) toServer(m wire.ClientMessage) {
	w := c.server.w
	if w.cfg.Wire {
		data, err := wire.Encode(m)
		if err == nil {
			m, err = wire.DecodeClient(data, wire.Limits{})
		}
		if err != nil {
			w.fail(err)
			return
		}
	}
	c.up.send(func() {
		if !c.mute {
			c.server.receive(c, m)
		}
	})
}

func (c *connection) toEditor(f *authority.Frame) {
	d := c.server.w.delivery(f)
	c.down.send(func() {
		if !c.cut && !c.mute {
			c.editor.receive(c, d)
		}
	})
}

func (w *World) delivery(f *authority.Frame) delivery {
	d := delivery{ServerMessage: f.Message}
	if w.cfg.Wire || w.page != nil {
		d.data = f.Bytes()
	}
	if w.cfg.Wire {
		var err error
		if d.ServerMessage, err = wire.DecodeServer(d.data); err != nil {
			w.fail(err)
		}
	}
	return d
}

// close tells the editor that the connection is gone.
func (c *connection) close(code wire.Code) {
	c.down.send(func() {
		if !c.cut && !c.mute {
			c.cut = true
			c.editor.disconnected(code)
		}
	})
	// Even if that message is lost, the operating system reports the end later.
	c.server.w.After(200, func() {
		if !c.cut {
			c.cut = true
			c.editor.disconnected(code)
		}
	})
}

// text converts a string that is known to be a valid text.
func (w *World) text(s string) ot.Text {
	t, err := ot.NewText(s)
	if err != nil {
		w.fail(err)
	}
	return t
}
