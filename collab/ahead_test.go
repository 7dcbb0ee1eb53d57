package collab_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

// slow is a compiler that takes a second and finds a warning at the first character.
type slow struct {
	mu    sync.Mutex
	began []runs.Compilation
	ended int // not cancelled
	limit bool
	took  time.Duration
}

func (s *slow) Compile(ctx context.Context, c runs.Compilation, begun func()) (runs.Compiled, error) {
	begun()
	s.mu.Lock()
	s.began = append(s.began, c)
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return runs.Compiled{Evicted: true}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
	if s.limit {
		return runs.Compiled{Limit: true}, nil
	}
	return runs.Compiled{Took: s.took, State: wire.AheadReady, Diagnostics: []wire.Diagnostic{{Level: "warning", Message: "m", Spans: []wire.DiagnosticSpan{{To: 1, Primary: true}}}}}, nil
}

func (s *slow) counts() (began, ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.began), s.ended
}

// reader is a member that keeps what it receives.
type reader struct {
	*collab.Conn
	mu  sync.Mutex
	got []wire.ServerMessage
}

// sits lets a member into the session "s".
func sits(t *testing.T, h *collab.Hub, key wire.Key, ahead bool) *reader {
	t.Helper()
	return sitsIn(t, h, "s", key, ahead)
}

func sitsIn(t *testing.T, h *collab.Hub, id wire.SessionID, key wire.Key, ahead bool) *reader {
	t.Helper()
	c, err := h.Join(t.Context(), id, authority.Visitor{Owner: string(key)})
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{Conn: c}
	go func() {
		for {
			data, err := c.Recv(context.Background())
			if err != nil {
				return
			}
			m, err := wire.DecodeServer(data)
			if err != nil {
				t.Error(err)
				return
			}
			r.mu.Lock()
			r.got = append(r.got, m)
			r.mu.Unlock()
		}
	}()
	if err := c.Send(t.Context(), &wire.Hello{Protocol: wire.ProtocolVersion, Key: key, Ahead: ahead}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return r
}

// ahead is what the member was told of compilations ahead.
func (r *reader) ahead() (list []*wire.AheadMsg, welcome *wire.Welcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		switch m := m.(type) {
		case *wire.AheadMsg:
			list = append(list, m)
		case *wire.Welcome:
			welcome = m
		}
	}
	return list, welcome
}

func (r *reader) insert(t *testing.T, v wire.Version, text string, length int) {
	t.Helper()
	_, w := r.ahead()
	c, err := ot.New(length, ot.Edit{Insert: text})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Send(t.Context(), &wire.PushMsg{Epoch: w.Epoch, Version: v, Seq: wire.Seq(v + 1), Changes: c}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// desk is a session with a slow compiler.
func desk(t *testing.T, c runs.Compiler, r runs.Runner) *collab.Hub {
	t.Helper()
	h := collab.NewHub(collab.Config{Store: memory.New(), Runner: r, Compiler: c, Report: func(_ wire.SessionID, err error) { t.Error(err) }})
	if err := h.Create(t.Context(), "s", "fn main() {}"); err != nil {
		t.Fatal(err)
	}
	return h
}

// The text is compiled once while it rests, and members who ask for it are told, at the
// version of the text; those who join later are told in the welcome.
func TestMembersAreToldWhatIsCompiledAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &slow{}
		h := desk(t, c, &echo{})
		defer h.Close()
		time.Sleep(time.Hour) // nobody is there
		a, b := sits(t, h, "a", true), sits(t, h, "b", false)
		time.Sleep(time.Minute)
		if began, ended := c.counts(); began != 1 || ended != 1 || c.began[0].Owner != "a" || c.began[0].Files[0].Text != "fn main() {}" {
			t.Errorf("%d compilations, %d whole: %+v", began, ended, c.began)
		}
		told, _ := a.ahead()
		if len(told) != 1 || told[0].State != wire.AheadReady || told[0].Version != 0 || len(told[0].List) != 1 {
			t.Errorf("a is told %+v", told)
		}
		if told, w := b.ahead(); len(told) != 0 || w.Ahead != nil {
			t.Errorf("b, who did not ask, is told %+v", told)
		}
		if _, w := sits(t, h, "c", true).ahead(); w.Ahead == nil || w.Ahead.State != wire.AheadReady {
			t.Errorf("a late member is told %+v", w.Ahead)
		}
		a.insert(t, 0, "//", 12)
		if _, w := sits(t, h, "d", true).ahead(); w.Ahead == nil || w.Ahead.State != "" || w.Ahead.Version != 1 || w.Ahead.List[0].Spans[0].From != 2 {
			t.Errorf("after an edit, a late member is told %+v", w.Ahead)
		}
		time.Sleep(time.Minute)
		if told, _ := a.ahead(); len(told) != 2 || told[1].Version != 1 {
			t.Errorf("after an edit, a is told %+v", told)
		}
		if err := a.Send(t.Context(), &wire.SettingsMsg{Settings: wire.Settings{"mode": "debug"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if began, _ := c.counts(); began != 3 || c.began[2].Settings["mode"] != "debug" {
			t.Errorf("after a change of settings: %d compilations", began)
		}
	})
}

// An edit and the end of a session cancel a compilation, and a text that changes all the
// time is never compiled.
func TestCompilationAheadIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &slow{}
		h := desk(t, c, &echo{})
		a := sits(t, h, "a", true)
		length := 12
		for v := range 100 {
			a.insert(t, wire.Version(v), "x", length)
			length++
			time.Sleep(200 * time.Millisecond)
		}
		if began, _ := c.counts(); began != 0 {
			t.Errorf("%d compilations of a text that does not rest", began)
		}
		time.Sleep(time.Second / 2)
		a.insert(t, 100, "x", length)
		if began, ended := c.counts(); began != 1 || ended != 0 {
			t.Errorf("%d compilations, %d whole, want one that was cancelled", began, ended)
		}
		time.Sleep(time.Second / 2)
		a.Close()
		time.Sleep(time.Hour) // it is unloaded
		sits(t, h, "b", true)
		time.Sleep(time.Second / 2)
		if err := h.Delete(t.Context(), "s"); err != nil {
			t.Error(err)
		}
		if began, ended := c.counts(); began != 3 || ended != 0 {
			t.Errorf("%d compilations, %d whole, want three that were cancelled", began, ended)
		}
		h.Close()
	})
}

// After a compilation that met a limit, nothing is compiled before a run, which is told
// whether its text is compiled ahead.
func TestLimitOfACompilationAheadEndsThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, r := &slow{limit: true}, &echo{}
		h := desk(t, c, r)
		defer h.Close()
		a := sits(t, h, "a", true)
		time.Sleep(time.Minute)
		a.insert(t, 0, "x", 12)
		time.Sleep(time.Minute)
		if began, _ := c.counts(); began != 1 {
			t.Errorf("%d compilations after one that met a limit", began)
		}
		run := func() {
			if err := a.Send(t.Context(), &wire.RunMsg{Stdin: []byte("x\n")}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		c.mu.Lock()
		c.limit = false
		c.mu.Unlock()
		run()
		if began, ended := c.counts(); began != 2 || ended != 2 {
			t.Errorf("%d compilations after a run", began)
		}
		run()
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.reqs) != 2 || r.reqs[0].Ahead || !r.reqs[1].Ahead {
			t.Errorf("runs %+v", r.reqs)
		}
	})
}

// Sessions compile one at a time, within the share of all of them, and not while the server
// is busy. One whose members leave gives its turn to another.
func TestSessionsShareTheCompilationsAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &slow{took: time.Second}
		var busy atomic.Bool
		busy.Store(true)
		h := collab.NewHub(collab.Config{Store: memory.New(), Compiler: c, Busy: busy.Load, Report: func(_ wire.SessionID, err error) { t.Error(err) }})
		defer h.Close()
		const sessions = 20
		var members []*reader
		for i := range sessions {
			id := wire.SessionID(fmt.Sprint("s", i))
			if err := h.Create(t.Context(), id, "fn main() {}"); err != nil {
				t.Fatal(err)
			}
			members = append(members, sitsIn(t, h, id, "a", true))
		}
		time.Sleep(time.Minute)
		if began, _ := c.counts(); began != 0 {
			t.Errorf("%d compilations on a busy server", began)
		}
		busy.Store(false)
		// What was saved lasts for two and a half, and the share for one in four seconds.
		start := time.Now()
		for after, want := range map[time.Duration]int{5 * time.Second: 3, 20 * time.Second: 8, 40 * time.Second: 13} {
			time.AfterFunc(after, func() {
				if began, ended := c.counts(); began < want-1 || began > want+1 || ended < began-1 {
					t.Errorf("after %v: %d compilations, %d whole, want %d", time.Since(start), began, ended, want)
				}
			})
		}
		time.Sleep(45 * time.Second)
		for _, m := range members[1:] {
			m.Close()
		}
		members[0].insert(t, 0, "//", 12)
		time.Sleep(10 * time.Second)
		c.mu.Lock()
		defer c.mu.Unlock()
		last := c.began[len(c.began)-1]
		if last.Session != "s0" || last.Files[0].Text != "fn main() {}//" && last.Files[0].Text != "//fn main() {}" {
			t.Errorf("the last compilation is %+v", last)
		}
	})
}
