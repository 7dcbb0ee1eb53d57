package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/client/remote"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testaddr"
)

var speed = flag.Bool("speed", false, "measure a cluster, on a machine that has nothing else to do")

// TestSpeed measures what a cluster adds, and compares nothing with a bound. The driver, the
// databases and the relays, which take some 0.1 ms, use the same processors.
func TestSpeed(t *testing.T) {
	if !*speed {
		t.Skip("without -speed: figures of a busy machine say nothing")
	}
	c := startCluster(t)
	measureAppends(t, c)
	measureProxying(t, c)
	measureDispatch(t, c)
	measureProcessors(t, c)
}

func quantiles(list []time.Duration) string {
	slices.Sort(list)
	at := func(p float64) time.Duration {
		return list[int(p*float64(len(list)-1))].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %v, p99 %v", at(0.5), at(0.99))
}

// measureAppends has sessions append as fast as they can.
func measureAppends(t *testing.T, c *cluster) {
	const sessions, length = 256, 5 * time.Second
	ctx := t.Context()
	// With a lease: the nodes take the sessions of one that has none.
	db, err := postgres.Open(ctx, c.database, postgres.Config{Node: "speed", Addr: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	insert, err := ot.New(0, ot.Edit{Insert: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var appends atomic.Int64
	end := time.Now().Add(length)
	for n := range sessions {
		all.Go(func() {
			id := wire.SessionID(fmt.Sprint("speed", n))
			err := db.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now())
			var l store.Log
			if err == nil {
				l, err = db.Open(ctx, id, "speed")
			}
			for v := wire.Version(0); err == nil && time.Now().Before(end); v++ {
				err = l.Append(ctx, v, []wire.Entry{{Client: "c", Seq: wire.Seq(v) + 1, Changes: insert, At: time.Now()}})
				appends.Add(1)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	t.Logf("appends: %.0f a second in %d sessions, each on two disks", float64(appends.Load())/length.Seconds(), sessions)
}

// typist is a client that waits for each acknowledgement.
type typist struct {
	s *remote.Socket
	c *client.Client
}

func (p *typist) hear(until func(wire.ServerMessage) bool) error {
	for {
		data, err := p.s.Receive()
		if err != nil {
			return err
		}
		m, err := wire.DecodeServer(data)
		if err == nil {
			_, err = p.c.Receive(m)
		}
		if err != nil || until(m) {
			return err
		}
	}
}

func join(ctx context.Context, node, edit string) (*typist, error) {
	s, err := remote.Dial(ctx, "ws"+strings.TrimPrefix(node, "http")+edit+"/socket")
	if err != nil {
		return nil, err
	}
	p := &typist{s, client.New(wire.NewKey(), "")}
	return p, errors.Join(s.Send(p.c.Hello()), p.hear(func(m wire.ServerMessage) bool { _, ok := m.(*wire.Welcome); return ok }))
}

// push types a character, and returns how long its acknowledgement took.
func (p *typist) push() (time.Duration, error) {
	change, err := ot.New(p.c.Text().Len(), ot.Edit{Insert: "x"})
	if err == nil {
		err = p.c.Edit(change)
	}
	if err != nil {
		return 0, err
	}
	began := time.Now()
	for m := p.c.Next(); m != nil; m = p.c.Next() {
		if err := p.s.Send(m); err != nil {
			return 0, err
		}
	}
	err = p.hear(func(m wire.ServerMessage) bool { _, ok := m.(*wire.AckMsg); return ok })
	return time.Since(began), err
}

// measureProxying types by the owner and by the other node in turn.
func measureProxying(t *testing.T, c *cluster) {
	_, edit := c.session(0, program)
	var people [2]*typist
	for i := range people {
		var err error
		if people[i], err = join(t.Context(), c.urls[i], edit); err != nil {
			t.Fatal(err)
		}
		defer people[i].s.Close()
	}
	var times [2][]time.Duration
	for range 500 {
		for i, p := range people {
			d, err := p.push()
			if err != nil {
				t.Fatal(err)
			}
			times[i] = append(times[i], d)
		}
	}
	t.Logf("an edit to its acknowledgement: by the owner %s; by the other node %s", quantiles(times[0]), quantiles(times[1]))
}

// measureDispatch runs compiled programs by a worker and by a server with boxes, in turn. The
// server has as many boxes, and as many that are warm, as the two workers have together. There
// are several programs, since one would always go to the same worker. Without a pause, a run
// often comes to a worker whose only warm box is not ready again.
func measureDispatch(t *testing.T, c *cluster) {
	addr := testaddr.Free(t)
	local := c.part("server with boxes", []string{"CORUST_POOL_WARM=2", "CORUST_POOL_BOXES=4", "CORUST_SERVE_ADDRESS_REQUESTS=1000000", "CORUST_SERVE_ADDRESS_RUNS=1000000"},
		c.nodes[0].args[0], "serve", "--backend", "native", "--listen", addr, "--database", "memory")
	c.urls = append(c.urls, "http://"+addr)
	c.ready(len(c.urls) - 1)
	defer local.kill()
	const programs, rounds = 8, 208
	urls := []string{c.urls[0], "http://" + addr}
	c.urls = c.urls[:2]
	for _, pause := range []time.Duration{0, 60 * time.Millisecond} {
		var times [2][]time.Duration
		for round := range rounds {
			body, err := json.Marshal(map[string]any{"source": fmt.Sprintf("fn main() {} // %d", round%programs), "mode": "debug"})
			if err != nil {
				t.Fatal(err)
			}
			for i, url := range urls {
				time.Sleep(pause)
				began := time.Now()
				res, err := http.Post(url+"/api/v1/run", "application/json", bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				said, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || !bytes.Contains(said, []byte(`"verdict":"ok"`)) {
					t.Fatalf("a run by %s: %s: %s", url, res.Status, said)
				}
				if round >= programs { // it has been compiled
					times[i] = append(times[i], time.Since(began))
				}
			}
		}
		t.Logf("a run of a compiled program, %v after the last: by a worker %s; by the server itself %s", pause, quantiles(times[0]), quantiles(times[1]))
	}
}

// measureProcessors has the same people type at one node, and at two.
func measureProcessors(t *testing.T, c *cluster) {
	const length = 10 * time.Second
	var used [2][2]time.Duration // by one node or two: of each
	for round := range 2 {
		ctx, stop := context.WithCancel(t.Context())
		var typing sync.WaitGroup
		for s := range 16 {
			node := 0
			if round == 1 {
				node = s % 2
			}
			_, edit := c.session(node, program)
			for p := range 3 {
				w := newWriter(edit, c.urls[node:node+1], time.Now(), uint64(s*3+p), false)
				typing.Go(func() { w.run(ctx) })
			}
		}
		time.Sleep(time.Second)
		before := [2]time.Duration{processorTime(t, c.nodes[0]), processorTime(t, c.nodes[1])}
		time.Sleep(length)
		for i := range used[round] {
			used[round][i] = processorTime(t, c.nodes[i]) - before[i]
		}
		stop()
		typing.Wait()
	}
	one, two := used[0][0].Seconds(), used[1][0].Seconds()
	t.Logf("processor time of the first node in %v: %.2f s alone (the idle one %.2f s), %.2f s when the other has half: %.2f of it", length, one, used[0][1].Seconds(), two, two/one)
}

// processorTime is what a process has used.
func processorTime(t *testing.T, p *part) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}
