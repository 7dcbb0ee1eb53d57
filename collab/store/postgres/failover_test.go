package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/pgtest"
)

// A server that crashes and comes back loses nothing that was acknowledged, and what was
// unknown is settled.
func TestCrashOfTheServer(t *testing.T) {
	t.Parallel()
	srv := pgtest.New(t, "")
	s := open(t, pgtest.Schema(t, srv.URL()), postgres.Config{Wait: time.Second, Node: "a"})
	const sessions, entries = 8, 60
	var wg sync.WaitGroup
	unknown := make([]int, sessions)
	started := make(chan struct{}, sessions)
	for i := range sessions {
		id := wire.SessionID(fmt.Sprint("s", i))
		create(t, s, id)
		wg.Go(func() {
			l := openAs(t, s, id, "a")
			for n := 0; n < entries; {
				if n == entries/3 {
					started <- struct{}{}
				}
				next := storetest.Entries("p", n+1, n+1)
				err := l.Append(ctx, wire.Version(n), next)
				for errors.Is(err, store.ErrUnknown) {
					unknown[i]++
					fresh, landed, settled := store.Settle(ctx, s, id, "a", l, wire.Version(n), next)
					if settled != nil {
						if !errors.Is(settled, store.ErrUnknown) {
							err = settled
						}
						continue
					}
					if l = fresh; landed {
						err = nil
					} else {
						err = l.Append(ctx, wire.Version(n), next)
					}
				}
				if err != nil {
					t.Errorf("%s at %d: %v", id, n, err)
					return
				}
				n++
			}
		})
	}
	for range sessions {
		<-started
	}
	if err := srv.Stop("immediate"); err != nil {
		t.Error(err)
	}
	if err := srv.Start(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	total := 0
	for i := range sessions {
		total += unknown[i]
		id := wire.SessionID(fmt.Sprint("s", i))
		got, err := store.Read(ctx, s, id, "e", 0, 0)
		if err != nil || len(got) != entries {
			t.Errorf("%s: %d entries, %v", id, len(got), err)
		}
	}
	if total == 0 {
		t.Error("no outcome was unknown: the crash met nothing")
	}
}

// pair starts a primary with a synchronous standby.
func pair(t *testing.T) (primary, standby *pgtest.Server) {
	t.Helper()
	primary = pgtest.New(t, "")
	standby = pgtest.New(t, primary.URL()+"&application_name=standby")
	pgtest.Exec(t, primary.URL(), "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	for deadline := time.Now().Add(30 * time.Second); ; {
		if pgtest.Query(t, primary.URL(), "SELECT count(*)::text FROM pg_stat_replication WHERE sync_state = 'sync'") == "1" {
			return primary, standby
		}
		if time.Now().After(deadline) {
			t.Fatal("the standby does not become synchronous")
		}
	}
}

// While the standby is away nothing is acknowledged and nobody can take a session over; when
// it is promoted instead, what was never acknowledged may be gone, and what was is there.
func TestFailOverLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	primary, standby := pair(t)
	db := pgtest.Schema(t, primary.URL())
	s := open(t, db, postgres.Config{Wait: time.Second})
	create(t, s, "s")
	l := openAs(t, s, "s", "a")
	if err := l.Append(ctx, 0, storetest.Entries("p", 1, 3)); err != nil {
		t.Fatal(err)
	}
	if err := standby.Stop("fast"); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(ctx, 3, storetest.Entries("p", 4, 4)); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("append without the standby: %v", err)
	}
	if _, err := s.Open(ctx, "s", "b"); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("taken over without the standby: %v", err)
	}
	// To give up must not show it to others: a cancelled wait would.
	for range 10 {
		if got, err := store.Read(ctx, s, "s", "e", 0, 0); err != nil || len(got) != 3 {
			t.Errorf("without the standby: %d entries can be read, %v; want the 3 that it has", len(got), err)
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := primary.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	if err := standby.Start(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, standby.URL(), "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
	after := open(t, standby.At(db), postgres.Config{})
	g := openAs(t, after, "s", "b").Grant()
	got, err := store.Read(ctx, after, "s", "e", 0, 0)
	if err != nil || len(got) != 3 || g.Head != 3 || g.Epoch != "e" {
		t.Errorf("after the fail-over: %d entries, head %d of epoch %q, %v; want the 3 that were acknowledged, of the same epoch", len(got), g.Head, g.Epoch, err)
	}
	if err := l.Append(ctx, 3, storetest.Entries("p", 4, 4)); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("append to the dead primary: %v", err)
	}
}

// An operator who cancels the wait for the standby makes the database answer with success
// and a warning. That is no acknowledgement.
func TestCancelledWaitForTheStandbyIsUnknown(t *testing.T) {
	t.Parallel()
	primary, standby := pair(t)
	s := open(t, pgtest.Schema(t, primary.URL()), postgres.Config{Wait: 20 * time.Second})
	create(t, s, "s")
	l := openAs(t, s, "s", "a")
	if err := standby.Stop("fast"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Append(ctx, 0, storetest.Entries("p", 1, 1)) }()
	for {
		// The store's lease may wait, too.
		pgtest.Exec(t, primary.URL(), "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
		select {
		case err := <-done:
			if !errors.Is(err, store.ErrUnknown) {
				t.Errorf("append whose wait was cancelled: %v", err)
			}
			return
		default:
		}
	}
}

// A fail-over to a standby for which no commit waited may lose some, so each session that is
// opened after it gets a new epoch, once.
func TestFailOverThatMayLoseCommitsMakesNewEpochs(t *testing.T) {
	t.Parallel()
	primary := pgtest.New(t, "")
	standby := pgtest.New(t, primary.URL())
	db := pgtest.Schema(t, primary.URL())
	s := open(t, db, postgres.Config{})
	create(t, s, "s")
	create(t, s, "never opened")
	l := openAs(t, s, "s", "a")
	if err := l.Append(ctx, 0, storetest.Entries("p", 1, 3)); err != nil {
		t.Fatal(err)
	}
	end := pgtest.Query(t, primary.URL(), "SELECT pg_current_wal_lsn()::text")
	for pgtest.Query(t, standby.URL(), "SELECT (pg_last_wal_replay_lsn() >= '"+end+"')::text") != "true" {
		time.Sleep(10 * time.Millisecond)
	}
	if err := standby.Stop("fast"); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(ctx, 3, storetest.Entries("p", 4, 4)); err != nil {
		t.Fatal(err) // clients may know it
	}
	if err := errors.Join(primary.Stop("immediate"), standby.Start(), standby.Promote()); err != nil {
		t.Fatal(err)
	}
	after := open(t, standby.At(db), postgres.Config{})
	// Two nodes at once: one of them makes the epoch.
	var nodes sync.WaitGroup
	for _, node := range []store.Node{"a", "b"} {
		nodes.Go(func() {
			if _, err := after.Open(ctx, "s", node); err != nil {
				t.Errorf("%s: %v", node, err)
			}
		})
	}
	nodes.Wait()
	g := openAs(t, after, "s", "b").Grant()
	if g.Epoch == "e" || g.Head != 3 {
		t.Errorf("after the fail-over the session is at version %d of epoch %q", g.Head, g.Epoch)
	}
	if again := openAs(t, after, "s", "b").Grant(); again.Epoch != g.Epoch {
		t.Errorf("opened again, it has epoch %q after %q", again.Epoch, g.Epoch)
	}
	snap, err := after.Snapshot(ctx, "s")
	if err != nil || snap.Version != 3 || snap.Epoch != g.Epoch {
		t.Errorf("its snapshot is %+v, %v", snap, err)
	}
	if g := openAs(t, after, "never opened", "a").Grant(); g.Epoch != "e" {
		t.Errorf("a session of which nobody knows anything has epoch %q", g.Epoch)
	}
}

// A promotion after commits that waited for a standby loses nothing. A copy of an earlier state
// on another server may, however the commits were made.
func TestEpochsOfOtherHistories(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := open(t, db, postgres.Config{})
	create(t, s, "s")
	for _, c := range []struct {
		what, history string
		standby, keep bool
	}{
		{"the same server", "history", false, true},
		{"a promotion that lost nothing", "split_part(history, '/', 1) || '/FFFFFFFF'", true, true},
		{"a promotion that may have lost commits", "split_part(history, '/', 1) || '/FFFFFFFF'", false, false},
		{"another server, with a standby before", "'1/' || split_part(history, '/', 2)", true, false},
		{"another server", "'1/' || split_part(history, '/', 2)", false, false},
		{"a node of the version before", "''", false, true},
	} {
		before := openAs(t, s, "s", "a").Grant().Epoch
		pgtest.Exec(t, db, fmt.Sprintf("UPDATE sessions SET history = %s, standby = %t", c.history, c.standby))
		if after := openAs(t, s, "s", "a").Grant().Epoch; (after == before) != c.keep {
			t.Errorf("%s: epoch %q after %q", c.what, after, before)
		}
	}
}

// A role without any rights but to its own database can open sessions.
func TestAnOrdinaryRoleSuffices(t *testing.T) {
	t.Parallel()
	srv := pgtest.New(t, "")
	pgtest.Exec(t, srv.URL(), "CREATE ROLE ordinary LOGIN", "CREATE SCHEMA ordinary AUTHORIZATION ordinary")
	db := strings.Replace(srv.URL(), "corust@", "ordinary@", 1) + "&search_path=ordinary"
	s := open(t, db, postgres.Config{Node: "a"})
	create(t, s, "s")
	if err := openAs(t, s, "s", "a").Append(ctx, 0, storetest.Entries("p", 1, 1)); err != nil {
		t.Error(err)
	}
}
