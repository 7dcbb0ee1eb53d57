package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/corust-dev/corust/internal/proctime"
)

// The flags of one load.
var (
	protoName = flag.String("proto", "corust", "corust, rustpad or hocuspocus")
	url       = flag.String("url", "", "address of the server, such as http://127.0.0.1:8080")
	pid       = flag.Int("pid", 0, "process of the server, for its processor time and memory")
	sessions  = flag.Int("sessions", 1, "sessions")
	writers   = flag.Int("writers", 10, "writers of each session")
	readers   = flag.Int("readers", 0, "readers of each session")
	every     = flag.Duration("every", 200*time.Millisecond, "time between two edits of a writer")
	settle    = flag.Duration("settle", 2*time.Second, "time before the measurement")
	length    = flag.Duration("for", 6*time.Second, "length of the measurement")
	together  = flag.Int("together", 8, "sessions that are made at once")
)

type room struct {
	name    string
	writers []*person
	ids     map[string]int // corust and rustpad: a writer's id
	mu      sync.Mutex
}

// sent is when a writer sent its n-th edit.
type sent struct {
	at atomic.Int64
}

type person struct {
	room   *room
	index  int
	writes bool
	ws     *websocket.Conn
	p      proto

	edits []sent // by seq
	seq   int

	mu      sync.Mutex
	waiting bool
	delays  []int64
}

var (
	begun     = time.Now()
	measuring atomic.Bool
	nsent     atomic.Int64
	skipped   atomic.Int64
	lost      atomic.Int64
	live      atomic.Int64 // sockets that are read
	firstErr  atomic.Value
	begin     = make(chan struct{})
	stop      = make(chan struct{})
	people    sync.WaitGroup
	allMu     sync.Mutex
	all       []int64
)

func now() int64 { return int64(time.Since(begun)) }

func fail(err error) {
	lost.Add(1)
	firstErr.CompareAndSwap(nil, err.Error())
}

// drive measures one load and prints its figures as a line of JSON.
func drive() error {
	debug.SetGCPercent(400)
	var list []*room
	ticks := int((*settle+*length)/max(*every, time.Millisecond)) + 64
	if *writers == 0 {
		ticks = 0
	}
	rss0 := rss(*pid) // before the first socket
	places := make(chan struct{}, *together)
	var group sync.WaitGroup
	var errMu sync.Mutex
	var err error
	for i := range *sessions {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			r := &room{ids: map[string]int{}}
			e := r.open(i, ticks)
			errMu.Lock()
			defer errMu.Unlock()
			if e != nil && err == nil {
				err = e
			}
			list = append(list, r)
		})
	}
	group.Wait()
	if err != nil {
		return err
	}
	for _, r := range list {
		for _, p := range r.writers {
			people.Go(p.listen)
			if p.writes {
				people.Go(p.typing)
			} else {
				people.Go(func() { <-stop; p.ws.Close() })
			}
		}
	}
	close(begin)
	time.Sleep(*settle)
	c0, o0, m0 := cpu(*pid), own(), machine()
	measuring.Store(true)
	t0 := time.Now()
	time.Sleep(*length)
	measuring.Store(false)
	took := time.Since(t0)
	c1, o1, m1 := cpu(*pid), own(), machine()
	mem, peak := rss(*pid), hwm(*pid)
	if n, want := live.Load(), int64(*sessions*(*writers+*readers)); n != want {
		fail(fmt.Errorf("%d of %d sockets were open at the end", n, want))
	}
	time.Sleep(300 * time.Millisecond)
	close(stop)
	people.Wait()
	n := nsent.Load()
	offered := float64(*sessions**writers) / every.Seconds()
	out := figures{
		Edits: n, Rate: float64(n) / took.Seconds(), Offered: offered, Skipped: skipped.Load(), Lost: lost.Load(),
		Server: (c1 - c0) / took.Seconds(), Driver: (o1 - o0) / took.Seconds(),
		Others: (m1 - m0 - (c1 - c0) - (o1 - o0)) / took.Seconds(),
		RSS:    float64(mem) / 1e6, Peak: float64(peak) / 1e6,
		Socket: float64(mem-rss0) / float64(*sessions*(*writers+*readers)) / 1e3,
	}
	if n > 0 {
		out.Edit = (c1 - c0) / float64(n) * 1e6
	}
	if len(all) > 0 {
		slices.Sort(all)
		at := func(p float64) float64 { return float64(all[int(p*float64(len(all)-1))]) / 1e6 }
		out.P50, out.P99 = at(.5), at(.99)
	}
	if e := firstErr.Load(); e != nil {
		out.Error, _ = e.(string)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func (r *room) open(i, ticks int) error {
	target, err := place(*protoName, *url, i)
	if err != nil {
		return err
	}
	r.name = target.name
	for j := range *writers + *readers {
		p := &person{room: r, index: j, writes: j < *writers, p: newProto(*protoName)}
		address := target.edit
		if !p.writes {
			address = target.view
		}
		d := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 512, HandshakeTimeout: 30 * time.Second}
		if p.ws, _, err = d.Dial(address, nil); err != nil {
			return fmt.Errorf("dial %s: %w", address, err)
		}
		if p.writes {
			p.edits = make([]sent, ticks)
		}
		r.writers = append(r.writers, p)
		if err := p.p.join(p); err != nil {
			return err
		}
	}
	return nil
}

func (p *person) listen() {
	live.Add(1)
	defer live.Add(-1)
	var err error
	for err == nil {
		var data []byte
		if _, data, err = p.ws.ReadMessage(); err == nil {
			p.mu.Lock()
			err = p.p.receive(p, data, now())
			p.mu.Unlock()
		}
	}
	select {
	case <-stop:
	default:
		fail(err)
	}
	allMu.Lock()
	defer allMu.Unlock()
	all = append(all, p.delays...)
}

func (p *person) typing() {
	<-begin
	first := time.NewTimer(time.Duration(rand.Int64N(int64(*every))))
	defer first.Stop()
	select {
	case <-first.C:
	case <-stop:
	}
	tick := time.NewTicker(*every)
	defer tick.Stop()
	for {
		select {
		case <-stop:
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
		if measuring.Load() {
			skipped.Add(1)
		}
		return
	}
	if p.seq >= len(p.edits) {
		return
	}
	e := &p.edits[p.seq]
	e.at.Store(now())
	p.seq++
	if p.p.push(p, p.seq) == nil && measuring.Load() {
		nsent.Add(1)
	}
}

// arrived notes that the writer's seq-th edit (from 1) has come to p.
func (p *person) arrived(writer, seq int, at int64) error {
	if writer < 0 || writer >= len(p.room.writers) {
		return fmt.Errorf("an edit of the unknown writer %d", writer)
	}
	w := p.room.writers[writer]
	if seq < 1 || seq > len(w.edits) {
		return fmt.Errorf("edit %d of writer %d was never sent", seq, writer)
	}
	e := &w.edits[seq-1]
	d := at - e.at.Load()
	if measuring.Load() {
		p.delays = append(p.delays, d)
	}
	return nil
}

func own() float64 { return proctime.Used().Seconds() }

// cpu is the processor time that a process has used, in seconds.
func cpu(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	u, _ := strconv.ParseFloat(f[11], 64)
	s, _ := strconv.ParseFloat(f[12], 64)
	return (u + s) / 100
}

// machine is the processor time that all processes have used, in seconds.
func machine() (sum float64) {
	data, _ := os.ReadFile("/proc/stat")
	f := strings.Fields(string(data))
	if len(f) < 8 {
		return 0
	}
	for _, i := range []int{1, 2, 3, 6, 7} { // not idle, iowait, steal
		v, _ := strconv.ParseFloat(f[i], 64)
		sum += v / 100
	}
	return sum
}

func status(pid int, key string) int64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(data)) {
		if v, ok := strings.CutPrefix(line, key+":"); ok {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			return n * 1024
		}
	}
	return 0
}

func rss(pid int) int64 { return status(pid, "VmRSS") }
func hwm(pid int) int64 { return status(pid, "VmHWM") }
