package collab_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/store"
)

var ctx = context.Background()

// person is a client at a connection; all in one goroutine, driven by settle.
type person struct {
	t    testing.TB
	c    *collab.Client
	conn *collab.Conn
	end  collab.Code
	seen []collab.ServerMessage
}

// come joins a session and says hello.
func (p *person) come(h *collab.Hub) *person {
	p.t.Helper()
	conn, err := h.Join(ctx, "s")
	if err != nil {
		p.t.Fatal(err)
	}
	p.conn, p.end = conn, ""
	p.send(p.c.Hello())
	p.settle()
	return p
}

// newPerson is somebody whose key is also their name.
func newPerson(t testing.TB, key collab.Key) *person {
	return &person{t: t, c: collab.NewClient(key, string(key))}
}

// id is what the others know somebody by.
func id(key collab.Key) collab.ClientID { return collab.ClientOf(key, "") }

func (p *person) send(m collab.ClientMessage) {
	p.t.Helper()
	var ended *collab.Ended
	if err := p.conn.Send(ctx, m); err != nil && !errors.As(err, &ended) {
		p.t.Fatal(err)
	}
}

// settle takes everything that has come, and sends what there is to send,
// until nothing moves.
func (p *person) settle() {
	p.t.Helper()
	for {
		synctest.Wait()
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		data, err := p.conn.Recv(canceled)
		var ended *collab.Ended
		switch {
		case errors.Is(err, context.Canceled):
			m := p.c.Next()
			if m == nil {
				return
			}
			p.send(m)
			continue
		case errors.As(err, &ended):
			p.end = ended.Code
			p.c.Disconnect()
			return
		case err != nil:
			p.t.Fatal(err)
		}
		m, err := collab.DecodeServer(data)
		if err != nil {
			p.t.Fatal(err)
		}
		p.seen = append(p.seen, m)
		if _, err := p.c.Receive(m); err != nil {
			var refused *collab.Error
			if !errors.As(err, &refused) {
				p.t.Fatal(err)
			}
		}
	}
}

func (p *person) types(at int, s string) {
	p.t.Helper()
	if err := p.c.Edit(edit(p.t, p.c.Text().Len(), at, at, s)); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

func (p *person) shows(want string) {
	p.t.Helper()
	p.settle()
	if got := p.c.Text().String(); got != want || !p.c.Synced() {
		p.t.Errorf("%s shows %q (synced: %t), want %q", p.c.ID(), got, p.c.Synced(), want)
	}
}

// of gives the messages of one type that came.
func of[M collab.ServerMessage](p *person) []M {
	p.settle()
	var out []M
	for _, m := range p.seen {
		if m, ok := m.(M); ok {
			out = append(out, m)
		}
	}
	return out
}

// hub runs a test in a bubble, with a session "s" of a text.
func hub(t *testing.T, cfg collab.Config, text string, test func(t *testing.T, h *collab.Hub)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if cfg.Store == nil {
			cfg.Store = store.NewMemory()
		}
		h := collab.NewHub(cfg)
		defer h.Close()
		if err := h.Create(ctx, "s", text); err != nil {
			t.Fatal(err)
		}
		test(t, h)
	})
}

func TestSessionTogether(t *testing.T) {
	hub(t, collab.Config{}, "fn\r\n", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(2, " main")
		b.settle()
		b.types(0, "pub ")
		a.shows("pub fn main\n")
		b.shows("pub fn main\n")
		if o := a.c.Others(); len(o) != 1 || o[id("b")].Name != "b" {
			t.Errorf("a sees %v", o)
		}
		b.conn.Close()
		b.conn.Close()
		a.settle()
		if o := a.c.Others(); len(o) != 0 {
			t.Errorf("b has left, a sees %v", o)
		}
	})
}

func TestSessionUnloadsAndComesBack(t *testing.T) {
	hub(t, collab.Config{Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(0, "one")
		b.settle()
		a.conn.Close()
		a.c.Disconnect()
		b.types(3, " two")
		b.conn.Close()
		b.c.Disconnect()
		time.Sleep(59 * time.Second)
		if h.Loaded() != 1 {
			t.Error("unloaded too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if h.Loaded() != 0 {
			t.Error("an idle session is still in memory")
		}
		if err := a.c.Edit(edit(t, 3, 0, 0, "zero ")); err != nil {
			t.Fatal(err)
		}
		a.come(h)
		a.shows("zero one two")
		if w := of[*collab.Welcome](a); w[1].Text != nil || len(w[1].Entries) != 1 {
			t.Errorf("after unloading, a is given %+v and not the entry that it missed", w[1])
		}
		newPerson(t, "c").come(h).shows("zero one two")
	})
}

func TestSlowViewerIsDropped(t *testing.T) {
	hub(t, collab.Config{Outbox: 10}, "", func(t *testing.T, h *collab.Hub) {
		a, slow := newPerson(t, "a").come(h), newPerson(t, "slow").come(h)
		for i := range 30 {
			a.types(i, "x")
		}
		if err := slow.c.Edit(edit(t, 0, 0, 0, "!")); err != nil {
			t.Fatal(err)
		}
		slow.settle()
		if slow.end != collab.CodeResume {
			t.Fatalf("the slow one was ended with %q", slow.end)
		}
		if len(a.c.Others()) != 0 {
			t.Error("the slow one still counts as here")
		}
		slow.come(h)
		slow.shows(strings.Repeat("x", 30) + "!")
		a.shows(strings.Repeat("x", 30) + "!")
	})
}

// failing is a store that refuses to append while it is told to.
type failing struct {
	store.Store
	full   atomic.Bool
	commit atomic.Bool // the append succeeds, and is reported as failed
}

func (f *failing) PutSettings(ctx context.Context, id store.SessionID, data []byte) error {
	if f.full.Load() {
		return fmt.Errorf("settings: %w", store.ErrFull)
	}
	return f.Store.PutSettings(ctx, id, data)
}

func (f *failing) Append(ctx context.Context, id store.SessionID, e store.Epoch, v store.Version, entries []store.Entry) error {
	if f.commit.Load() {
		return errors.Join(errors.New("lost the answer"), f.Store.Append(ctx, id, e, v, entries))
	}
	if f.full.Load() {
		return fmt.Errorf("append: %w", store.ErrFull)
	}
	return f.Store.Append(ctx, id, e, v, entries)
}

func TestFullStoreAcknowledgesNothing(t *testing.T) {
	f := &failing{Store: store.NewMemory()}
	var reported atomic.Int64
	cfg := collab.Config{Store: f, Report: func(_ collab.SessionID, err error) {
		if err != nil {
			reported.Add(1)
		}
	}}
	hub(t, cfg, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(0, "kept")
		b.settle()
		for name, flag := range map[string]*atomic.Bool{"full": &f.full, "answer lost": &f.commit} {
			flag.Store(true)
			acks := len(of[*collab.AckMsg](a))
			if err := a.c.Edit(edit(t, a.c.Text().Len(), 0, 0, "x")); err != nil {
				t.Fatal(err)
			}
			a.settle()
			b.settle()
			if a.end != collab.CodeResume || b.end != collab.CodeResume || len(of[*collab.AckMsg](a)) != acks {
				t.Errorf("%s: ended with %q and %q, %d more acks", name, a.end, b.end, len(of[*collab.AckMsg](a))-acks)
			}
			flag.Store(false)
			b.come(h)
			a.come(h)
			b.settle()
		}
		a.shows("xxkept")
		b.shows("xxkept")
		if reported.Load() != 2 {
			t.Errorf("%d failures reported", reported.Load())
		}
	})
}

func TestHubCloseAnswers(t *testing.T) {
	mem := store.NewMemory()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		if err := a.c.Edit(edit(t, 0, 0, 0, "last words")); err != nil {
			t.Fatal(err)
		}
		a.send(a.c.Next())
		h.Close()
		a.settle()
		if a.end != collab.CodeResume || !a.c.Synced() {
			t.Errorf("ended with %q, acknowledged: %t", a.end, a.c.Synced())
		}
		if _, err := h.Join(ctx, "s"); !errors.Is(err, collab.ErrClosed) {
			t.Errorf("join after close: %v", err)
		}
		h2 := collab.NewHub(collab.Config{Store: mem})
		defer h2.Close()
		a.come(h2).shows("last words")
	})
}

func TestHubRefuses(t *testing.T) {
	hub(t, collab.Config{Sessions: 2, Limits: collab.Limits{Members: 1, Text: 10}}, "", func(t *testing.T, h *collab.Hub) {
		if _, err := h.Join(ctx, "nowhere"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such session: %v", err)
		}
		if err := h.Create(ctx, "s", ""); !errors.Is(err, store.ErrExists) {
			t.Errorf("created twice: %v", err)
		}
		if err := h.Create(ctx, "big", strings.Repeat("x", 11)); !errors.Is(err, collab.ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		a := newPerson(t, "a").come(h)
		if _, err := h.Join(ctx, "s"); !errors.Is(err, collab.ErrBusy) {
			t.Errorf("a full session: %v", err)
		}
		for _, id := range []collab.SessionID{"t", "u"} {
			if err := h.Create(ctx, id, ""); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := h.Join(ctx, "t"); err != nil {
			t.Error(err)
		} else {
			defer c.Close()
		}
		if _, err := h.Join(ctx, "u"); !errors.Is(err, collab.ErrBusy) {
			t.Errorf("a full hub: %v", err)
		}
		if ok, err := h.Exists(ctx, "u"); !ok || err != nil {
			t.Errorf("u exists: %t, %v", ok, err)
		}
		if ok, err := h.Exists(ctx, "nowhere"); ok || err != nil {
			t.Errorf("nowhere exists: %t, %v", ok, err)
		}
		// What is too large is taken back, and the others do not notice.
		a.types(0, "0123456789")
		if err := a.c.Edit(edit(t, 10, 0, 0, "more")); err != nil {
			t.Fatal(err)
		}
		a.shows("0123456789")
		a.send(&collab.RunMsg{})
		if e := of[*collab.Error](a); len(e) != 2 || e[0].Code != collab.CodeTooLarge || e[1].Code != collab.CodeNoRun {
			t.Errorf("told %v", e)
		}
		if err := h.Delete(ctx, "s"); err != nil {
			t.Fatal(err)
		}
		a.settle()
		if a.end != collab.CodeGone {
			t.Errorf("ended with %q", a.end)
		}
		if ok, _ := h.Exists(ctx, "s"); ok {
			t.Error("s is still there")
		}
	})
}

func TestExpiry(t *testing.T) {
	hub(t, collab.Config{Expire: 48 * time.Hour, Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		if err := h.Create(ctx, "old", ""); err != nil {
			t.Fatal(err)
		}
		a := newPerson(t, "a").come(h)
		time.Sleep(40 * time.Hour)
		a.types(0, "x")
		a.conn.Close()
		time.Sleep(30 * time.Hour)
		if ok, _ := h.Exists(ctx, "old"); ok {
			t.Error("a session without edits for 70 h is still there")
		}
		if ok, _ := h.Exists(ctx, "s"); !ok {
			t.Error("a session that was edited 30 h ago is gone")
		}
		time.Sleep(30 * time.Hour)
		if ok, _ := h.Exists(ctx, "s"); ok {
			t.Error("a session without edits for 60 h is still there")
		}
	})
}

// intruded is a store in which something happens before what expiry asks for.
type intruded struct {
	store.Store
	list, remove atomic.Pointer[func()]
}

func call(f *func()) {
	if f != nil {
		(*f)()
	}
}

func (i *intruded) Sessions(ctx context.Context) ([]store.Info, error) {
	infos, err := i.Store.Sessions(ctx)
	call(i.list.Load())
	return infos, err
}

func (i *intruded) Delete(ctx context.Context, id collab.SessionID) error {
	call(i.remove.Load())
	return i.Store.Delete(ctx, id)
}

// TestExpiryUnderOne: nobody is let into a session that is being deleted, and one
// that was edited after all is not.
func TestExpiryUnderOne(t *testing.T) {
	t.Run("who comes while it is deleted", func(t *testing.T) {
		db := &intruded{Store: store.NewMemory()}
		hub(t, collab.Config{Store: db, Expire: 48 * time.Hour}, "", func(t *testing.T, h *collab.Hub) {
			come := make(chan error, 1)
			joins := func() {
				go func() {
					_, err := h.Join(ctx, "s")
					come <- err
				}()
				synctest.Wait()
			}
			db.remove.Store(&joins)
			time.Sleep(51 * time.Hour)
			if err := <-come; !errors.Is(err, store.ErrNotFound) {
				t.Errorf("joined a session that is gone: %v", err)
			}
		})
	})
	t.Run("who came before", func(t *testing.T) {
		db := &intruded{Store: store.NewMemory()}
		hub(t, collab.Config{Store: db, Expire: 48 * time.Hour}, "", func(t *testing.T, h *collab.Hub) {
			time.Sleep(47 * time.Hour)
			var listings atomic.Int32
			edits := func() {
				if listings.Add(1) > 1 { // of more than 48 h
					return
				}
				time.Sleep(2 * time.Hour) // of deleting others
				a := newPerson(t, "a").come(h)
				a.types(0, "x")
				a.conn.Close()
				time.Sleep(5 * time.Minute) // and it is unloaded
				if h.Loaded() > 0 {
					t.Error("it is still loaded")
				}
			}
			db.list.Store(&edits)
			time.Sleep(5 * time.Hour)
			if ok, _ := h.Exists(ctx, "s"); !ok || listings.Load() == 0 {
				t.Error("an acknowledged edit is gone")
			}
		})
	})
}

// TestOldPush: a push that the log still has is known by the session, also after
// more clients than it was to remember, so that nobody can end it with one.
func TestOldPush(t *testing.T) {
	failed := make(chan error, 1)
	cfg := collab.Config{Limits: collab.Limits{Clients: 2}, Report: func(_ collab.SessionID, err error) { failed <- err }}
	hub(t, cfg, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.types(0, "a")
		for _, key := range []collab.Key{"b", "c", "d"} {
			newPerson(t, key).come(h).types(0, "x")
		}
		a.settle()
		a.send(&collab.PushMsg{Epoch: a.c.Epoch(), Version: a.c.Version(), Seq: 1, Changes: edit(t, 4, 0, 0, "a")})
		a.shows("xxxa")
		select {
		case err := <-failed:
			t.Errorf("ended with %q: %v", a.end, err)
		default:
		}
	})
}

func TestReplaced(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		twin := newPerson(t, "a").come(h)
		a.settle()
		twin.settle()
		if a.end != collab.CodeReplaced || twin.end != "" {
			t.Errorf("ended with %q and %q", a.end, twin.end)
		}
	})
}

// echo is a runner: it says what it was given, then repeats its input line by
// line, and stops when it is told to or the input ends.
type echo struct {
	mu   sync.Mutex
	reqs []collab.RunRequest
	fail bool
}

func (e *echo) Run(ctx context.Context, req collab.RunRequest, out collab.RunEvents) (collab.RunResult, error) {
	e.mu.Lock()
	e.reqs = append(e.reqs, req)
	fail := e.fail
	e.mu.Unlock()
	if fail {
		return collab.RunResult{}, errors.New("no box")
	}
	out.Stage("run")
	out.Output("stdout", []byte("source: "+req.Source+"\n"))
	out.Output("stderr", []byte{0xff})
	out.Diagnostics([]collab.Diagnostic{about(0, 1)})
	lines := make(chan string)
	go func() {
		defer close(lines)
		for r := bufio.NewScanner(req.Stdin); r.Scan(); {
			select {
			case lines <- r.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case l, ok := <-lines:
			if !ok {
				return collab.RunResult{Verdict: "ok", Detail: json.RawMessage(`{"exit":0}`)}, nil
			}
			out.Output("stdout", []byte("> "+l+"\n"))
		case <-ctx.Done():
			return collab.RunResult{Verdict: "canceled"}, nil
		}
	}
}

// output puts together what a person has seen of a stream, by offset.
func output(t testing.TB, pieces []*collab.RunOutput, stream string) string {
	t.Helper()
	var b bytes.Buffer
	for _, o := range pieces {
		if o.Stream != stream {
			continue
		}
		if o.Offset != int64(b.Len()) {
			t.Errorf("%s at %d comes behind %d bytes", stream, o.Offset, b.Len())
		}
		b.Write(o.Data)
	}
	return b.String()
}

// transcript is stdout and what was typed, in the order that is kept.
func transcript(st *collab.RunState) string {
	var b strings.Builder
	names := map[collab.ClientID]string{id("a"): "a", id("late"): "late"}
	for _, o := range st.Output {
		switch {
		case o.Stream == "stdout":
			b.Write(o.Data)
		case o.Stream == "stdin" && o.EOF:
			fmt.Fprintf(&b, "<%s:%s|>", names[o.By], o.Data)
		case o.Stream == "stdin":
			fmt.Fprintf(&b, "<%s:%s>", names[o.By], o.Data)
		}
	}
	return b.String()
}

func TestRunTogether(t *testing.T) {
	e := &echo{}
	hub(t, collab.Config{Runner: e, Idle: time.Minute}, "code", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(4, "!")
		b.send(&collab.RunMsg{Options: json.RawMessage(`{"edition":"2024"}`)})
		b.settle()
		a.send(&collab.RunMsg{})
		started := of[*collab.RunStarted](a)
		if len(started) != 1 || started[0].By != id("b") || started[0].Version != 1 {
			t.Fatalf("started %+v", started)
		}
		if errs := of[*collab.Error](a); len(errs) != 1 || errs[0].Code != collab.CodeBusy {
			t.Errorf("a second run at once: %v", errs)
		}
		run := started[0].Run
		a.types(5, " later")
		a.send(&collab.StdinMsg{Run: run, Data: []byte("42\nhalf ")})
		a.settle()
		// Somebody comes in the middle, and sees it from the start.
		late := newPerson(t, "late").come(h)
		late.send(&collab.StdinMsg{Run: run, Data: []byte("line\n"), EOF: true})
		const want = "source: code!\n> 42\n> half line\n"
		for _, p := range []*person{a, b} {
			if got := output(t, of[*collab.RunOutput](p), "stdout"); got != want {
				t.Errorf("%s sees %q, want %q", p.c.ID(), got, want)
			}
			if end := of[*collab.RunEnded](p); len(end) != 1 || end[0].Verdict != "ok" || string(end[0].Detail) != `{"exit":0}` {
				t.Errorf("%s sees the end as %+v", p.c.ID(), end)
			}
			if in := of[*collab.RunInput](p); len(in) != 2 || in[0].By != id("a") || in[1].By != id("late") || in[1].Offset != int64(len("42\nhalf ")) {
				t.Errorf("%s sees input %+v", p.c.ID(), in)
			}
		}
		state := of[*collab.Welcome](late)[0].Run
		if got := transcript(state); got != "source: code!\n<a:42\nhalf >> 42\n" {
			t.Errorf("the late one is told %q", got)
		}
		if got := output(t, append(state.Output, of[*collab.RunOutput](late)...), "stdout"); got != want {
			t.Errorf("the late one sees %q, want %q", got, want)
		}
		if got := output(t, state.Output, "stderr"); got != "\xff" {
			t.Errorf("stderr %q", got)
		}
		late.send(&collab.StdinMsg{Run: run, Data: []byte("x")})
		if errs := of[*collab.Error](late); len(errs) != 1 || errs[0].Code != collab.CodeNoRun {
			t.Errorf("input after the end: %v", errs)
		}
		// Unloaded and back: the last run is still shown.
		for _, p := range []*person{a, b, late} {
			p.conn.Close()
		}
		time.Sleep(2 * time.Minute)
		if h.Loaded() != 0 {
			t.Fatal("still loaded")
		}
		again := newPerson(t, "again").come(h)
		state = of[*collab.Welcome](again)[0].Run
		if got := transcript(state); got != "source: code!\n<a:42\nhalf >> 42\n<late:line\n|>> half line\n" {
			t.Errorf("on record is %q", got)
		}
		if state == nil || state.Verdict != "ok" || output(t, state.Output, "stdout") != want || state.By != id("b") || string(state.Options) != `{"edition":"2024"}` {
			t.Errorf("after unloading, the last run is %+v", state)
		}
		if d := state.Diagnostics; d == nil || len(d.List) != 1 || d.Version != again.c.Version() {
			t.Errorf("after unloading, the last run's diagnostics are %+v", d)
		}
		if e.reqs[0].Version != 1 || e.reqs[0].Source != "code!" || e.reqs[0].Session != "s" {
			t.Errorf("ran %+v", e.reqs[0])
		}
	})
}

func TestStopAndShutdown(t *testing.T) {
	e := &echo{}
	mem := store.NewMemory()
	hub(t, collab.Config{Store: mem, Runner: e}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.send(&collab.RunMsg{})
		run := of[*collab.RunStarted](b)[0].Run
		b.send(&collab.StopMsg{Run: "another"})
		b.send(&collab.StopMsg{Run: run})
		b.send(&collab.StopMsg{Run: run})
		if end := of[*collab.RunEnded](a); len(end) != 1 || end[0].Verdict != "canceled" || end[0].Stopped != id("b") {
			t.Fatalf("stopped: %+v", end)
		}
		e.mu.Lock()
		e.fail = true
		e.mu.Unlock()
		a.send(&collab.RunMsg{})
		if end := of[*collab.RunEnded](a); len(end) != 2 || end[1].Verdict != "failed" {
			t.Fatalf("a runner that fails: %+v", end)
		}
		e.mu.Lock()
		e.fail = false
		e.mu.Unlock()
		a.send(&collab.RunMsg{})
		a.settle()
		h.Close() // stops the run and waits for it
		runs, err := mem.Runs(ctx, "s")
		if err != nil || len(runs) != 3 || runs[2].Verdict != "canceled" || runs[2].Ended.IsZero() {
			t.Errorf("records %+v, %v", runs, err)
		}
	})
}
