package simnet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Op is what a step does.
type Op string

// The operations. Who is an editor (or a server); At and N are reduced to valid values
// when the step is played.
const (
	Insert     Op = "insert"     // Text after the At-th code point
	Delete     Op = "delete"     // N code points from At
	Replace    Op = "replace"    // N code points from At by Text
	Select     Op = "select"     // from At to N
	Set        Op = "set"        // the At-th setting to Text
	Undo       Op = "undo"       //
	Redo       Op = "redo"       //
	Disconnect Op = "disconnect" // for N ticks
	HalfOpen   Op = "half-open"  // messages are dropped in both directions; the editor notices after N ticks, the server after 2N
	Hold       Op = "hold"       // type N ticks without sending, as an input method does
	Crash      Op = "crash"      // server Who: At is the Moment, N the outage
	FailStore  Op = "fail-store" // the next commit of server Who fails
	Snap       Op = "snapshot"   // server Who; the log keeps N entries
	Backup     Op = "backup"     // remember the committed state
	Restore    Op = "restore"    // return to it, under a new epoch
	Arrive     Op = "arrive"     // one more editor, at server Who
	Create     Op = "create"     // the file with the At-th path, with Text
	Rename     Op = "rename"     // the File-th file to the At-th path
	Remove     Op = "remove"     // the File-th file
	UndoFiles  Op = "undo-files" //
	RedoFiles  Op = "redo-files" //
)

// paths are those of files, some of which collide.
var paths = []string{"a.rs", "b.rs", "A.RS", "d/a.rs", "d", "d/b.rs", "tests/é.rs", "main.rs"}

// Step is an operation and its delay after the step before.
type Step struct {
	After int64  `json:"after,omitempty"` // ticks since the step before
	Op    Op     `json:"op"`
	Who   int    `json:"who,omitempty"`
	File  int    `json:"file,omitempty"` // is opened before; modulo the number of files
	At    int    `json:"at,omitempty"`
	N     int    `json:"n,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Script is a whole run. [Config.Kinds] names the kinds of its editors; other kinds can
// play the same script.
type Script struct {
	Config
	Servers int    `json:"servers"`
	Editors int    `json:"editors"`
	Steps   []Step `json:"steps"`
}

// Run plays a script whose editors are all [Go], as [Page.Run] does.
func (s Script) Run() error { return (*Page)(nil).Run(s) }

// Run plays a script to its end and checks the law. It returns a panic as an error.
func (p *Page) Run(s Script) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	w := p.New(s.Config)
	for len(w.servers) < s.Servers {
		w.AddServer()
	}
	for i := range s.Editors {
		w.AddEditor(w.servers[i%len(w.servers)], -1, -1)
	}
	t := int64(0)
	for _, step := range s.Steps {
		t += step.After
		w.At(t, func() { w.step(step) })
	}
	if err := w.Run(); err != nil {
		return err
	}
	return w.Quiet()
}

func (w *World) step(s Step) {
	server := w.servers[s.Who%len(w.servers)]
	if w.stepOwner(server, s) {
		return
	}
	switch s.Op {
	case Crash:
		server.Crash(Moment(s.At%3), int64(s.N))
		return
	case FailStore:
		server.FailStore()
		return
	case Snap:
		server.Snapshot(s.N)
		return
	case Backup:
		w.backup()
		return
	case Restore:
		w.restore()
		return
	case Arrive:
		w.AddEditor(server, -1, -1)
		return
	}
	if len(w.editors) == 0 {
		return
	}
	e := w.editors[s.Who%len(w.editors)]
	switch s.Op {
	case Insert, Delete, Replace, Select, Undo, Redo, Rename, Remove:
		e.Open(s.File)
	}
	switch s.Op {
	case Create:
		e.Create(paths[s.At%len(paths)], s.Text)
	case Rename:
		e.Rename(paths[s.At%len(paths)])
	case Remove:
		e.Remove()
	case UndoFiles:
		e.UndoFiles(false)
	case RedoFiles:
		e.UndoFiles(true)
	case Insert:
		e.Insert(s.At, s.Text)
	case Delete:
		e.Delete(s.At, s.N)
	case Replace:
		e.Replace(s.At, s.N, s.Text)
	case Select:
		e.Select(s.At, s.N)
	case Set:
		e.Set(fmt.Sprint("s", s.At%3), s.Text)
	case Undo:
		e.Undo(false)
	case Redo:
		e.Undo(true)
	case Hold:
		e.Hold(int64(s.N))
	case HalfOpen:
		e.HalfOpen(int64(s.N))
	case Disconnect:
		e.Disconnect()
		w.After(int64(s.N), e.Connect)
	}
}

func (w *World) backup() {
	set, version, err := w.committed()
	if err != nil {
		w.fail(err)
		return
	}
	snap, err := w.log.Snapshot(context.Background(), session)
	if err != nil {
		w.fail(err)
		return
	}
	entries, err := store.Read(context.Background(), w.log, session, snap.Epoch, snap.Version, 0)
	if err != nil {
		w.fail(err)
		return
	}
	for i, e := range entries {
		if snap.Acked == nil {
			snap.Acked = map[wire.ClientID]wire.Ack{}
		}
		snap.Acked[e.Client] = wire.Ack{Seq: e.Seq, Version: snap.Version + wire.Version(i) + 1}
	}
	snap.Files, snap.Version = set.Wire(), version
	w.saved = &snap
}

func (w *World) restore() {
	if w.saved == nil {
		return
	}
	w.restored++
	snap := *w.saved
	snap.Epoch = wire.Epoch(fmt.Sprintf("%s+%d", snap.Epoch, w.restored))
	w.restoreFrom(snap)
	// Pushes after the back-up are lost by design.
	for _, e := range w.editors {
		e.deleted = true
	}
	w.read = snap.Version
}

// token returns a code point that is new in this run, every third of them outside the
// basic multilingual plane.
func token(n int) string {
	if n%3 == 2 {
		return string(rune(0x20000 + n%40_000))
	}
	return string(rune(0x4E00 + n%20_000))
}

// Generate makes a script of n steps from a seed: its Config, the users' operations and
// faults.
func Generate(seed uint64, n int) Script {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	s := Script{Servers: 1, Editors: 1 + rng.IntN(5)}
	s.Config = Config{
		Seed: seed, Text: strings.Repeat("日a\n🦀", rng.IntN(4)), MaxDelay: []int64{0, 3, 10, 50, 200}[rng.IntN(5)],
		Commit: []int64{0, 1, 5, 20}[rng.IntN(4)], History: []int{3, 10, 100, 5000}[rng.IntN(4)], Wire: seed%8 == 0,
	}
	if seed%4 == 1 {
		s.Parts = 6 // so few that edits made offline take several pushes
	}
	if rng.IntN(3) == 0 {
		s.Drop, s.Duplicate = rng.IntN(60), rng.IntN(60)
	}
	if rng.IntN(6) == 0 {
		s.Limit = 30 + rng.IntN(100) // so few that pushes are refused
	}
	if rng.IntN(8) == 0 {
		s.Servers = 2 + rng.IntN(2)
	}
	disasters := []int{0, 0, 10, 40}[rng.IntN(4)] // in 1000 steps
	insertOnly := rng.IntN(3) == 0
	pace := []int64{1, 5, 30}[rng.IntN(3)]
	places := []int{4, 60, 60}[rng.IntN(3)] // few, so that edits meet
	// Operations on files, in 1000 steps: none, or few and many, with deletions or without.
	operations := []int{0, 0, 30, 150}[rng.IntN(4)]
	kinds := []Op{Create, Create, Rename, UndoFiles, Remove, RedoFiles}
	if insertOnly && rng.IntN(2) == 0 {
		kinds = kinds[:3]
	}
	for i := range n {
		step := Step{After: rng.Int64N(pace + 1), Who: rng.IntN(8), At: rng.IntN(places)}
		if rng.IntN(1000) < disasters {
			step.N = []int{1, 10, 100, 1000}[rng.IntN(4)]
			step.Op = []Op{Disconnect, Disconnect, HalfOpen, Hold, Crash, Crash, FailStore, Snap, Arrive, Backup, Restore}[rng.IntN(11)]
			if insertOnly && step.Op == Restore || step.Op == Arrive && rng.IntN(4) > 0 {
				step.Op = Snap
			}
			s.Steps = append(s.Steps, step)
			continue
		}
		if operations > 0 {
			step.File = rng.IntN(4)
		}
		if rng.IntN(1000) < operations {
			step.Op, step.At = kinds[rng.IntN(len(kinds))], rng.IntN(len(paths))
			if step.Op == Create && rng.IntN(2) == 0 {
				step.Text = token(i)
			}
			s.Steps = append(s.Steps, step)
			continue
		}
		switch k := rng.IntN(20); {
		case k < 8 || insertOnly && k < 17:
			step.Op, step.Text = Insert, token(i)
			for rng.IntN(4) == 0 {
				i += n
				step.Text += token(i)
			}
		case k < 13:
			step.Op, step.N = Delete, 1+rng.IntN(4)
		case k < 16:
			step.Op, step.N, step.Text = Replace, 1+rng.IntN(3), token(i)
		case k < 17:
			step.Op = Undo
		case k < 18:
			step.Op = Select
			step.N = rng.IntN(60)
			if !insertOnly && rng.IntN(3) == 0 {
				step.Op = Redo
			}
		case k < 19:
			step.Op, step.Text = Set, []string{"", "a", "b", "c"}[rng.IntN(4)]
		default:
			step.Op, step.N = Select, rng.IntN(60)
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

// Shrink makes a failing script shorter for as long as it fails: it leaves out
// steps, editors, servers and faults, and makes editors Go ones. fails must be deterministic.
func Shrink(s Script, fails func(Script) bool) Script {
	try := func(c Script) bool {
		if fails(c) {
			s = c
			return true
		}
		return false
	}
	for again := true; again; {
		again = false
		for _, change := range []func(*Script) bool{
			func(c *Script) bool { c.Editors--; return c.Editors > 0 },
			func(c *Script) bool { c.Servers--; return c.Servers > 0 },
			func(c *Script) bool { ok := c.Drop > 0; c.Drop = 0; return ok },
			func(c *Script) bool { ok := c.Duplicate > 0; c.Duplicate = 0; return ok },
			func(c *Script) bool { ok := c.MaxDelay > 0; c.MaxDelay /= 2; return ok },
			func(c *Script) bool { ok := c.Commit > 0; c.Commit /= 2; return ok },
			func(c *Script) bool { ok := c.Text != ""; c.Text = ""; return ok },
			func(c *Script) bool { ok := c.Wire; c.Wire = false; return ok },
			func(c *Script) bool { ok := c.Parts > 0; c.Parts = 0; return ok },
			func(c *Script) bool { ok := c.Limit > 0; c.Limit = 0; return ok },
		} {
			for {
				c := s
				if !change(&c) || !try(c) {
					break
				}
				again = true
			}
		}
		for size := len(s.Steps); size > 0; size /= 2 {
			for at := 0; at < len(s.Steps); {
				if end := min(at+size, len(s.Steps)); try(s.without(at, end, true)) || try(s.without(at, end, false)) {
					again = true
				} else {
					at += size
				}
			}
		}
		for i, kind := range s.Kinds {
			if c := s; kind != Go {
				c.Kinds = slices.Clone(s.Kinds)
				c.Kinds[i] = Go
				again = try(c) || again
			}
		}
		for i := range s.Steps {
			for _, change := range []func(*Step) bool{
				func(c *Step) bool { ok := c.At > 0; c.At /= 2; return ok },
				func(c *Step) bool { ok := c.File > 0; c.File /= 2; return ok },
				func(c *Step) bool { ok := c.N > 1; c.N /= 2; return ok },
				func(c *Step) bool { ok := c.After > 0; c.After /= 2; return ok },
				func(c *Step) bool { ok := c.Text > "a"; c.Text = "a"; return ok },
			} {
				for {
					c := s
					c.Steps = append([]Step(nil), s.Steps...)
					if !change(&c.Steps[i]) || !try(c) {
						break
					}
					again = true
				}
			}
		}
	}
	return s
}

// without leaves out the steps at..end. The steps after them keep their times, or happen
// earlier by the time that the removed steps took.
func (s Script) without(at, end int, sameTime bool) Script {
	took := int64(0)
	for _, step := range s.Steps[at:end] {
		took += step.After
	}
	s.Steps = slices.Delete(slices.Clone(s.Steps), at, end)
	if sameTime && at < len(s.Steps) {
		s.Steps[at].After += took
	}
	return s
}

// String returns the script as a file, JSON with a step a line; [ParseScript] reads it.
func (s Script) String() string {
	steps := s.Steps
	s.Steps = nil
	head, err := json.Marshal(s)
	if err != nil {
		return err.Error() // cannot happen: numbers and strings
	}
	var b strings.Builder
	b.Write(bytes.TrimSuffix(head, []byte("null}")))
	b.WriteByte('[')
	for i, step := range steps {
		line, err := json.Marshal(step)
		if err != nil {
			return err.Error()
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n\t")
		b.Write(line)
	}
	b.WriteString("\n]}\n")
	return b.String()
}

// ParseScript reads the output of [Script.String]. Unknown fields are errors.
func ParseScript(data []byte) (Script, error) {
	var s Script
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Script{}, fmt.Errorf("script: %w", err)
	}
	return s, nil
}
