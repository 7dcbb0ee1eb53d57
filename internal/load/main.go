// Command load makes people for a corust serve and measures how long an edit
// takes from one editor's socket to another's. It runs on the same machine as
// the server, so both share the processors: what it prints is an upper bound.
//
//	load -url http://127.0.0.1:8080 -sessions 2000 -writers 3 -every 1s -for 30s
//	load -url http://127.0.0.1:8080 -sessions 1 -writers 50 -every 200ms -readers 200
//	load -url http://127.0.0.1:8080 -sessions 1 -writers 0 -readers 10000
//
// The server's limits by address must be above what is asked for.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/gorilla/websocket"
)

func main() {
	var l load
	flag.StringVar(&l.url, "url", "http://127.0.0.1:8080", "where corust serve is")
	flag.IntVar(&l.sessions, "sessions", 100, "sessions")
	flag.IntVar(&l.writers, "writers", 3, "editors that type, in each session")
	flag.IntVar(&l.readers, "readers", 0, "editors that only read, in each session")
	flag.DurationVar(&l.every, "every", time.Second, "time between the edits of one writer")
	flag.DurationVar(&l.length, "for", 20*time.Second, "how long to measure")
	flag.Parse()
	if err := l.run(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

type load struct {
	url                        string
	sessions, writers, readers int
	every, length              time.Duration

	begin     chan struct{} // all have joined
	stop      chan struct{}
	measuring atomic.Bool
	sent      atomic.Int64
	lost      atomic.Int64 // connections that ended early
	people    sync.WaitGroup

	mu                 sync.Mutex
	toWriter, toReader []time.Duration
}

func (l *load) run() error {
	l.begin, l.stop = make(chan struct{}), make(chan struct{})
	began := time.Now()
	for range l.sessions {
		if err := l.session(); err != nil {
			return err
		}
	}
	fmt.Printf("%d sessions, %d sockets, joined in %v\n", l.sessions, l.sessions*(l.writers+l.readers), time.Since(began).Round(time.Millisecond))
	close(l.begin)
	time.Sleep(3 * time.Second) // what joining cost is not what is measured
	l.measuring.Store(true)
	time.Sleep(l.length)
	l.measuring.Store(false)
	close(l.stop)
	l.people.Wait()
	fmt.Printf("%d edits in %v, %d connections lost\n", l.sent.Load(), l.length, l.lost.Load())
	report("edit to writer", l.toWriter)
	report("edit to reader", l.toReader)
	if l.lost.Load() > 0 {
		return errors.New("connections were lost")
	}
	return nil
}

func report(what string, list []time.Duration) {
	if len(list) == 0 {
		return
	}
	slices.Sort(list)
	at := func(p float64) time.Duration { return list[int(p*float64(len(list)-1))].Round(10 * time.Microsecond) }
	fmt.Printf("%s: n=%d p50=%v p99=%v max=%v\n", what, len(list), at(0.5), at(0.99), at(1))
}

// session makes one and everybody in it.
func (l *load) session() error {
	const text = "fn main() {}\n"
	res, err := http.Post(l.url+"/api/v1/sessions", "application/json", strings.NewReader(`{"source":`+strconv.Quote(text)+`}`))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var made struct{ Edit, View, Error string }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil {
		return err
	}
	if made.Edit == "" {
		return fmt.Errorf("create: %s: %s", res.Status, made.Error)
	}
	room := &room{load: l, length: len(text), times: map[string][]time.Time{}}
	for i := range l.writers + l.readers {
		path := made.Edit
		if i >= l.writers {
			path = made.View
		}
		p := &person{room: room, key: collab.NewKey(), writes: i < l.writers}
		if err := p.join("ws" + strings.TrimPrefix(l.url, "http") + path + "/socket"); err != nil {
			return err
		}
	}
	return nil
}

// room knows when each push of its writers left: seq n of a writer is the n-th
// time.
type room struct {
	load   *load
	length int

	mu    sync.Mutex
	times map[string][]time.Time
}

// person is one editor. Every edit inserts one unit at 0, so the text's length
// follows from the version.
type person struct {
	room   *room
	key    collab.Key
	id     string // from the welcome
	writes bool
	ws     *websocket.Conn

	mu      sync.Mutex
	epoch   string
	version int
	seq     int
	waiting bool // for an ack
}

func (p *person) join(url string) error {
	var err error
	d := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 512, HandshakeTimeout: 30 * time.Second}
	if p.ws, _, err = d.Dial(url, nil); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if err := p.write(fmt.Sprintf(`{"type":"hello","protocol":%d,"key":%q,"name":"load"}`, collab.ProtocolVersion, p.key)); err != nil {
		return err
	}
	if err := p.read(); err != nil {
		return err
	}
	l := p.room.load
	l.people.Go(p.listen)
	if p.writes {
		l.people.Go(p.typing)
	} else {
		l.people.Go(func() {
			<-l.stop
			p.ws.Close()
		})
	}
	return nil
}

func (p *person) write(m string) error { return p.ws.WriteMessage(websocket.TextMessage, []byte(m)) }

type message struct {
	Type    string
	Version int
	Client  string
	Seq     int
	Epoch   string
	Code    string
}

func (p *person) read() error {
	_, data, err := p.ws.ReadMessage()
	if err != nil {
		return err
	}
	now := time.Now()
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.Type {
	case "welcome":
		p.id, p.epoch, p.version = m.Client, m.Epoch, m.Version
	case "entry":
		p.version = m.Version
		p.room.arrived(p, m, now)
	case "ack":
		p.version, p.waiting = m.Version, false
	case "error":
		return fmt.Errorf("refused: %s", m.Code)
	}
	return nil
}

func (p *person) listen() {
	for p.read() == nil {
	}
	select {
	case <-p.room.load.stop:
	default:
		p.room.load.lost.Add(1)
	}
}

// typing types until it is told to stop, then closes the socket.
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
			p.ws.Close()
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
	r := p.room
	r.mu.Lock()
	r.times[p.id] = append(r.times[p.id], time.Now())
	r.mu.Unlock()
	if p.write(fmt.Sprintf(`{"type":"push","epoch":%q,"version":%d,"seq":%d,"changes":[[0,"x"],%d],"cursor":[[1,1]]}`, p.epoch, p.version, p.seq, r.length+p.version)) == nil && r.load.measuring.Load() {
		r.load.sent.Add(1)
	}
}

func (r *room) arrived(p *person, m message, now time.Time) {
	if !r.load.measuring.Load() {
		return
	}
	r.mu.Lock()
	took := now.Sub(r.times[m.Client][m.Seq-1])
	r.mu.Unlock()
	l := r.load
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.writes {
		l.toWriter = append(l.toWriter, took)
	} else {
		l.toReader = append(l.toReader, took)
	}
}
