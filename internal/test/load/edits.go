package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// load is a scenario under way.
type load struct {
	scenario
	url, metrics string
	length       time.Duration

	begin     chan struct{} // all have joined
	stop      chan struct{}
	measuring atomic.Bool
	sent      atomic.Int64
	lost      atomic.Int64 // connections that ended early
	people    sync.WaitGroup

	mu                 sync.Mutex
	err                error // the first that ended a connection
	toWriter, toReader []time.Duration
}

// runEdits lets people type, and others watch.
func (l *load) runEdits() error {
	l.begin, l.stop = make(chan struct{}), make(chan struct{})
	began := time.Now()
	if err := l.gather(); err != nil {
		return err
	}
	joined := time.Since(began)
	close(l.begin)
	time.Sleep(3 * time.Second) // what joining cost is not what is measured
	before, err := used(l.metrics)
	if err != nil {
		return err
	}
	l.measuring.Store(true)
	time.Sleep(l.length)
	l.measuring.Store(false)
	after, err := used(l.metrics)
	if err != nil {
		return err
	}
	close(l.stop)
	l.people.Wait()
	fmt.Printf("  %s: %d sockets joined in %v, %d edits in %v, %d connections lost\n",
		l.what, l.sessions*(l.writers+l.readers), joined.Round(time.Millisecond), l.sent.Load(), l.length, l.lost.Load())
	l.usage(before, after)
	if l.lost.Load() > 0 {
		return fmt.Errorf("%d connections were lost, the first by: %w", l.lost.Load(), l.err)
	}
	return l.verdicts(after)
}

// gather makes the sessions, several at a time, so that their commits are
// shared.
func (l *load) gather() error {
	slots := make(chan struct{}, 8)
	var all sync.WaitGroup
	for range l.sessions {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := l.session(); err != nil {
				l.fail(err)
			}
		})
	}
	all.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// usage prints what used the processors.
func (l *load) usage(before, after usage) {
	share := func(d time.Duration) string {
		s := fmt.Sprintf("%.0f%% of a core", 100*d.Seconds()/l.length.Seconds())
		if n := l.sent.Load(); n > 0 {
			s += fmt.Sprintf(", %v an edit", (d / time.Duration(n)).Round(time.Microsecond))
		}
		return s
	}
	if l.metrics != "" {
		fmt.Printf("  server: %s, %d MB resident\n", share(after.server-before.server), after.memory/1e6)
	}
	fmt.Printf("  driver: %s\n", share(after.own-before.own))
}

// verdicts holds what was measured against what is wanted.
func (l *load) verdicts(u usage) error {
	var errs []error
	for _, d := range []struct {
		what string
		list []time.Duration
		want time.Duration
	}{{"to a writer", l.toWriter, l.scenario.toWriter}, {"to a reader", l.toReader, l.scenario.toReader}} {
		if len(d.list) == 0 {
			continue
		}
		slices.Sort(d.list)
		at := func(p float64) time.Duration {
			return d.list[int(p*float64(len(d.list)-1))].Round(10 * time.Microsecond)
		}
		figure := fmt.Sprintf("%s p50 %v, p99 %v, max %v", d.what, at(0.5), at(0.99), at(1))
		if d.want == 0 {
			fmt.Printf("  %s: %s\n", l.what, figure)
			continue
		}
		errs = append(errs, row(l.what, figure, fmt.Sprintf("p99 ≤ %v", d.want), at(0.99) <= d.want))
	}
	if l.memory > 0 {
		if l.metrics == "" {
			return errors.New("the server's memory needs -metrics")
		}
		errs = append(errs, row(l.what, fmt.Sprintf("%d MB resident", u.memory/1e6), fmt.Sprintf("≤ %d MB", l.memory/1e6), u.memory <= l.memory))
	}
	return errors.Join(errs...)
}

// filesOf are the files that each session begins with: one of a line, or several of 3 KB.
func (l *load) filesOf() []wire.NamedFile {
	const line = "fn main() {}\n"
	list := []wire.NamedFile{{Name: wire.DefaultPath, Content: line}}
	for n := 1; n < l.files; n++ {
		list = append(list, wire.NamedFile{Name: fmt.Sprintf("m%d.rs", n), Content: strings.Repeat(line, 3000/len(line))})
	}
	return list
}

// session makes a session and its members.
func (l *load) session() error {
	made, err := create(l.url, l.filesOf())
	if err != nil {
		return err
	}
	r := &room{load: l, times: map[string][]time.Time{}}
	for i := range l.writers + l.readers {
		path := made.Edit
		if i >= l.writers {
			path = made.View
		}
		p := &person{room: r, writes: i < l.writers, first: i}
		if err := p.join("ws" + strings.TrimPrefix(l.url, "http") + path + "/socket"); err != nil {
			return err
		}
	}
	return nil
}

// room knows when each push of its writers left: seq n of a writer is the n-th
// time.
type room struct {
	load *load

	mu    sync.Mutex
	times map[string][]time.Time // by writer
}

// person is one editor. Every edit inserts one unit at 0 of the next file, so the length of a
// file follows from the number of its entries.
type person struct {
	room   *room
	writes bool
	first  int // each writer begins in another file
	socket *socket
	delays []time.Duration // the listener's

	mu      sync.Mutex
	epoch   string
	version int
	files   []wire.FileID
	lengths map[wire.FileID]int
	seq     int
	pushed  wire.FileID // file of the last push
	waiting bool        // for an ack
}

func (p *person) join(url string) error {
	var err error
	if p.socket, err = dial(url); err != nil {
		return err
	}
	if err := p.read(); err != nil { // the welcome
		return err
	}
	l := p.room.load
	l.people.Go(p.listen)
	if p.writes {
		l.people.Go(p.typing)
	} else {
		l.people.Go(func() {
			<-l.stop
			p.socket.Close()
		})
	}
	return nil
}

func (p *person) read() error {
	data, err := p.socket.Receive()
	if err != nil {
		return err
	}
	now := time.Now()
	m, err := parse(data)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.Type {
	case "welcome":
		p.epoch, p.version, p.files, p.lengths = m.Epoch, m.Version, nil, map[wire.FileID]int{}
		for _, f := range m.Files {
			p.files = append(p.files, f.ID)
			p.lengths[f.ID] = len(f.Text) // it is ASCII
		}
	case "entry", "ack":
		if m.Version != p.version+1 {
			return fmt.Errorf("version %d after %d", m.Version, p.version)
		}
		p.version = m.Version
		if m.Type == "ack" {
			p.lengths[p.pushed]++
			p.waiting = false
		} else {
			p.lengths[m.File]++
			return p.arrived(m, now)
		}
	case "error":
		return fmt.Errorf("refused: %s", m.Code)
	}
	return nil
}

func (p *person) listen() {
	l := p.room.load
	var err error
	for err == nil {
		err = p.read()
	}
	select {
	case <-l.stop:
	default:
		l.lost.Add(1)
		l.fail(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.writes {
		l.toWriter = append(l.toWriter, p.delays...)
	} else {
		l.toReader = append(l.toReader, p.delays...)
	}
}

// typing types until it is stopped, then closes the socket.
func (p *person) typing() {
	l := p.room.load
	<-l.begin
	first := time.NewTimer(time.Duration(rand.Int64N(int64(l.every))))
	defer first.Stop()
	select {
	case <-first.C:
	case <-l.stop:
	}
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			p.socket.Close()
			return
		case <-tick.C:
			p.push()
		}
	}
}

func (p *person) push() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting {
		return // the last is still under way, as an editor would wait
	}
	p.seq++
	p.waiting = true
	p.pushed = p.files[(p.first+p.seq)%len(p.files)]
	r := p.room
	r.mu.Lock()
	r.times[p.socket.id] = append(r.times[p.socket.id], time.Now())
	r.mu.Unlock()
	file := ""
	if p.pushed != wire.MainFile {
		file = fmt.Sprintf(`"file":%d,`, p.pushed)
	}
	err := p.socket.SendRaw(fmt.Appendf(nil, `{"type":"push","epoch":%q,"version":%d,"seq":%d,%s"changes":[[0,"x"],%d],"cursor":[[1,1]]}`, p.epoch, p.version, p.seq, file, p.lengths[p.pushed]))
	if err == nil && r.load.measuring.Load() {
		r.load.sent.Add(1)
	}
}

// arrived notes an entry of another writer.
func (p *person) arrived(m message, now time.Time) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	sent := r.times[m.Client]
	if m.Seq < 1 || m.Seq > len(sent) {
		return fmt.Errorf("entry %d of %q was never sent", m.Seq, m.Client)
	}
	if r.load.measuring.Load() {
		p.delays = append(p.delays, now.Sub(sent[m.Seq-1]))
	}
	return nil
}
