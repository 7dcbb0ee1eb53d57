package history

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/pgtest"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// program prints what differs between two executions, and takes some time.
const program = `use std::hash::{BuildHasher, RandomState};
fn main() {
    println!("{}", RandomState::new().hash_one(0));
    std::thread::sleep(std::time::Duration::from_millis(300));
    println!("{}", RandomState::new().hash_one(1));
}
`

// A fault breaks the cluster for a time, and mends it.
type fault struct {
	name string
	do   func(c *cluster, i int, rng *rand.Rand) // i is 0 or 1
}

// beyondLease is longer than a node's lease.
const beyondLease = 7 * time.Second

func seconds(rng *rand.Rand) { time.Sleep(time.Second + rand.N(time.Second)) }

var faults = []fault{
	{"kill a node", func(c *cluster, i int, rng *rand.Rand) {
		c.nodes[i].kill()
		seconds(rng)
		c.nodes[i].start()
		c.ready(i)
	}},
	{"stop a node beyond its lease", func(c *cluster, i int, rng *rand.Rand) {
		c.nodes[i].signal(syscall.SIGSTOP)
		time.Sleep(beyondLease)
		c.nodes[i].signal(syscall.SIGCONT)
	}},
	{"fail over to the standby", func(c *cluster, _ int, _ *rand.Rand) { c.failOver() }},
	{"cut a node from the database", func(c *cluster, i int, rng *rand.Rand) {
		c.toDatabase[i].refuse()
		seconds(rng)
		c.toDatabase[i].heal()
	}},
	{"hold back what a node and the database say, beyond the lease", func(c *cluster, i int, rng *rand.Rand) {
		c.toDatabase[i].freeze()
		time.Sleep(beyondLease)
		c.toDatabase[i].heal()
	}},
	{"slow down a node's database", func(c *cluster, i int, rng *rand.Rand) {
		c.toDatabase[i].slow(100 * time.Millisecond)
		seconds(rng)
		c.toDatabase[i].heal()
	}},
	{"part the nodes", func(c *cluster, i int, rng *rand.Rand) {
		c.toNode[i].refuse()
		seconds(rng)
		c.toNode[i].heal()
	}},
	{"kill a worker", func(c *cluster, i int, rng *rand.Rand) {
		c.workers[i].kill()
		seconds(rng)
		c.workers[i].start()
	}},
	{"kill the bus", func(c *cluster, _ int, rng *rand.Rand) {
		c.bus.kill()
		seconds(rng)
		c.bus.start()
	}},
	{"fill the disk of the databases", func(c *cluster, _ int, rng *rand.Rand) {
		if c.disk == "" {
			return // the log says why
		}
		if err := c.disk.fill(); err != nil {
			c.t.Fatal(err)
		}
		if rng.IntN(2) == 0 { // or the log has room for the moment
			c.primary.FillLog(c.t)
		}
		seconds(rng)
		if err := c.disk.empty(); err != nil {
			c.t.Fatal(err)
		}
		// One that could not write its own log has ended, and its operator starts it again.
		for _, db := range []*pgtest.Server{c.primary, c.standby} {
			if !db.Running() {
				if err := db.Start(); err != nil {
					c.t.Fatal(err)
				}
			}
		}
	}},
	{"hold back what a node or a worker and the bus say", func(c *cluster, i int, rng *rand.Rand) {
		r := c.toBus[2*rng.IntN(2)+i]
		r.freeze()
		time.Sleep(beyondLease) // longer than either side waits for the other
		r.heal()
	}},
}

// length is for how long TestHistory breaks the cluster.
var length = flag.Duration("for", 20*time.Second, "how long the cluster is broken")

// TestHistory breaks a cluster in random order while people type and run programs, and checks
// what they were told.
func TestHistory(t *testing.T) {
	rng := testseed.Rand(t)
	c := startCluster(t)
	end := time.Now().Add(*length)
	var order []int
	for time.Now().Before(end) && !t.Failed() {
		// Sessions are short, so that their logs are whole and the checks quick. The last
		// round is as long as the others, since a moment would show nothing.
		err := c.round(t, rng, func() *fault {
			if len(order) == 0 {
				order = rng.Perm(len(faults))
			}
			f := &faults[order[0]]
			order = order[1:]
			return f
		}, min(30*time.Second, *length))
		if err != nil {
			t.Error(err)
		}
	}
}

// The check finds what a database loses that acknowledges before its standby has a commit.
func TestHistoryFindsCommitsThatNoStandbyHas(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short: this takes half a minute, and make nightly does it")
	}
	rng := testseed.Rand(t)
	c := startCluster(t)
	lossy := fault{"fail over to a standby that is behind", func(c *cluster, _ int, _ *rand.Rand) {
		// The sessions are open by now, with the promise that commits wait for a standby.
		pgtest.Exec(t, c.primary.URL(), "ALTER SYSTEM SET synchronous_commit = local", "SELECT pg_reload_conf()")
		pgtest.Exec(t, c.standby.URL(), "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
		time.Sleep(3 * time.Second)
		c.failOver()
	}}
	err := c.round(t, rng, func() *fault { return &lossy }, time.Second)
	if err == nil || !strings.Contains(err.Error(), "was acknowledged and is lost") {
		t.Errorf("three seconds of acknowledged pushes are gone, and the check says: %v", err)
	}
}

// round has people type in new sessions while faults go on, lets them come to rest, and
// returns what is wrong with their record.
func (c *cluster) round(t *testing.T, rng *rand.Rand, next func() *fault, length time.Duration) error {
	const sessions, people = 4, 3
	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	var typing sync.WaitGroup
	defer typing.Wait()
	defer stop()
	var ids []wire.SessionID
	all := make([][]*writer, sessions)
	for s := range sessions {
		id, edit := c.session(s%2, program)
		ids = append(ids, wire.SessionID(id))
		for p := range people {
			w := newWriter(edit, c.urls, began, rng.Uint64(), p == 0)
			all[s] = append(all[s], w)
			typing.Go(func() { w.run(ctx) })
		}
	}
	for time.Since(began) < length {
		f, i := next(), rng.IntN(2)
		t.Logf("%v: %s (%d)", time.Since(began).Round(time.Millisecond), f.name, i)
		f.do(c, i, rng)
	}
	for _, list := range all {
		for _, w := range list {
			w.calm(0)
		}
	}
	db, err := postgres.Open(ctx, c.database, postgres.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var errs []error
	for deadline := time.Now().Add(restTime); !atRest(t, db, ids, all); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			errs = append(errs, fmt.Errorf("after %v of quiet not everybody has everything", restTime))
			break
		}
	}
	stop()
	typing.Wait()
	pushes, verdicts := 0, map[wire.Verdict]int{}
	for s, list := range all {
		record, output := c.read(t, db, ids[s]), [][]Piece{}
		for _, w := range list {
			ops, told := w.record()
			record.Ops, record.Observers = append(record.Ops, ops...), append(record.Observers, told)
			output = append(output, w.output)
		}
		for _, v := range list[0].ended {
			verdicts[v]++
		}
		pushes += len(record.Ops)
		if err := errors.Join(record.Check(), CheckOutput(output)); err != nil {
			errs = append(errs, fmt.Errorf("session %s: %w", ids[s], err))
		}
	}
	t.Logf("%v: %d pushes, runs by verdict: %v", time.Since(began).Round(time.Millisecond), pushes, verdicts)
	if pushes < 50 {
		errs = append(errs, fmt.Errorf("only %d pushes: this shows nothing", pushes))
	}
	return errors.Join(errs...)
}

// restTime is how long a cluster that is whole again may need until all is well.
const restTime = 40 * time.Second

// atRest reports whether everybody has everything.
func atRest(t *testing.T, db store.Store, ids []wire.SessionID, all [][]*writer) bool {
	for s, list := range all {
		info, err := db.Info(t.Context(), ids[s])
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range list {
			if !w.calm(info.Head) {
				return false
			}
		}
	}
	return true
}

// read reads a session as the database has it.
func (c *cluster) read(t *testing.T, db store.Store, id wire.SessionID) Session {
	t.Helper()
	ctx := context.Background()
	info, err := db.Info(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := store.Read(ctx, db, id, info.Epoch, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	set, err := files.Of(wire.MainText(program))
	for _, e := range entries {
		if err == nil {
			set, err = set.Apply(e)
		}
	}
	if err != nil {
		t.Fatal(fmt.Errorf("session %s: %w", id, err))
	}
	f, _ := set.Get(wire.MainFile)
	return Session{Info: info, Entries: entries, Text: f.Text.String()}
}
