package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

var ctx = context.Background()

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, database(t), postgres.Config{}) })
}

func create(t *testing.T, s store.Store, id wire.SessionID) {
	t.Helper()
	if err := s.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.UnixMilli(1_000_000)); err != nil {
		t.Fatal(err)
	}
}

func openAs(t *testing.T, s store.Store, id wire.SessionID, node store.Node) store.Log {
	t.Helper()
	l, err := s.Open(ctx, id, node)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// While a node renews its lease, others leave its sessions to it and learn its address.
// When its store is closed, they take them at once.
func TestLiveNodesKeepTheirSessions(t *testing.T) {
	t.Parallel()
	db := database(t)
	a := open(t, db, postgres.Config{Node: "a", Addr: "10.0.0.1:8080"})
	b := open(t, db, postgres.Config{Node: "b", Addr: "10.0.0.2:8080"})
	create(t, a, "s")
	l := openAs(t, a, "s", "a")
	if !a.Leased() || !b.Leased() {
		t.Errorf("leased: %v, %v", a.Leased(), b.Leased())
	}
	_, err := b.Open(ctx, "s", "b")
	var where *store.ElsewhereError
	if !errors.As(err, &where) || *where != (store.ElsewhereError{Node: "a", Addr: "10.0.0.1:8080"}) {
		t.Fatalf("opened by b while a lives: %v", err)
	}
	if err := l.Append(ctx, 0, storetest.Entries("p", 1, 2)); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	g := openAs(t, b, "s", "b").Grant()
	if want := (store.Grant{Epoch: "e", Head: 2, Term: 2, Since: 2}); g != want {
		t.Errorf("grant %+v, want %+v", g, want)
	}
	if a.Leased() {
		t.Error("a counts as leased after it was closed")
	}
}

// A node that does not renew its lease loses its sessions to those that ask, and what it
// writes afterwards is refused. Sessions of the dead that nobody asks for can expire.
func TestDeadNodesLoseTheirSessions(t *testing.T) {
	t.Parallel()
	db := database(t)
	a := open(t, db, postgres.Config{})
	b := open(t, db, postgres.Config{Node: "b"})
	create(t, a, "s")
	create(t, a, "left")
	pgtest.Exec(t, db, "INSERT INTO nodes (node, addr, expires) VALUES ('a', '', clock_timestamp() - interval '1 second')")
	old := openAs(t, a, "s", "a")
	left := openAs(t, a, "left", "a")
	l := openAs(t, b, "s", "b")
	if err := old.Append(ctx, 0, storetest.Entries("p", 1, 1)); !errors.Is(err, store.ErrFenced) {
		t.Errorf("append by the one before: %v", err)
	}
	if err := l.Append(ctx, 0, storetest.Entries("q", 1, 1)); err != nil {
		t.Errorf("append by the new owner: %v", err)
	}
	expired := func() int {
		t.Helper()
		list, err := b.Expired(ctx, time.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := expired(); n != 0 {
		t.Errorf("%d sessions expire a second after their node's lease", n)
	}
	pgtest.Exec(t, db, "UPDATE nodes SET expires = clock_timestamp() - interval '2 minutes' WHERE node = 'a'")
	if n := expired(); n != 1 {
		t.Errorf("%d sessions of the dead expire, want 1", n)
	}
	create(t, a, "of a row that was deleted")
	openAs(t, a, "of a row that was deleted", "c")
	if n := expired(); n != 2 {
		t.Errorf("%d sessions of the dead expire, want 2, one of a node whose row was deleted", n)
	}
	openAs(t, b, "of a row that was deleted", "b")
	if err := left.Append(ctx, 0, storetest.Entries("p", 1, 1)); !errors.Is(err, store.ErrFenced) {
		t.Errorf("append by a node that was given up: %v", err)
	}
}

// Many appends of many sessions share transactions; one that the database refuses does not
// fail the others.
func TestRefusedAppendSpoilsNoOther(t *testing.T) {
	t.Parallel()
	s := open(t, database(t), postgres.Config{})
	const sessions, rounds = 40, 10
	var wg sync.WaitGroup
	for i := range sessions {
		id := wire.SessionID(fmt.Sprint("s", i))
		create(t, s, id)
		l := openAs(t, s, id, "node")
		wg.Go(func() {
			for n := range rounds {
				if err := l.Append(ctx, wire.Version(n), storetest.Entries("p", n+1, n+1)); err != nil {
					t.Errorf("%s at %d: %v", id, n, err)
				}
				if i%4 > 0 {
					continue
				}
				if err := l.Append(ctx, wire.Version(n+1), storetest.Entries("p", n+1, n+1)); !errors.Is(err, store.ErrDuplicate) {
					t.Errorf("%s again at %d: %v", id, n+1, err)
				}
			}
		})
	}
	wg.Wait()
	for i := range sessions {
		id := wire.SessionID(fmt.Sprint("s", i))
		if got, err := store.Read(ctx, s, id, "e", 0, 0); err != nil || len(got) != rounds {
			t.Errorf("%s has %d entries, %v", id, len(got), err)
		}
	}
}

// A write that waits longer than Config.Wait is unknown, and lands or not; after the session
// is opened again it cannot land any more.
func TestWriteThatHangsIsUnknown(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := open(t, db, postgres.Config{Wait: 300 * time.Millisecond})
	create(t, s, "s")
	l := openAs(t, s, "s", "a")
	free := pgtest.HoldRows(t, db, "sessions")
	err := l.Append(ctx, 0, storetest.Entries("p", 1, 1))
	if !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("append while another transaction has the row: %v", err)
	}
	if _, err := s.Open(ctx, "s", "a"); !errors.Is(err, store.ErrUnknown) {
		t.Fatalf("open while another transaction has the row: %v", err)
	}
	free()
	var landed bool
	for range 100 {
		var fresh store.Log
		if fresh, landed, err = store.Settle(ctx, s, "s", "a", l, 0, storetest.Entries("p", 1, 1)); err == nil {
			l = fresh
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	at := wire.Version(0)
	if !landed {
		if err := l.Append(ctx, 0, storetest.Entries("p", 1, 1)); err != nil {
			t.Fatal(err)
		}
	}
	at++
	if got, err := store.Read(ctx, s, "s", "e", 0, 0); err != nil || len(got) != int(at) {
		t.Errorf("%d entries, %v; landed by itself: %v", len(got), err, landed)
	}
}

// However many writes hang, also those that have not begun, Close ends.
func TestCloseEndsWritesThatHang(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := open(t, db, postgres.Config{Wait: time.Second, Node: "a"})
	const sessions = 400 // more than batches and the queue hold
	logs := make([]store.Log, sessions)
	for i := range logs {
		id := wire.SessionID(fmt.Sprint("s", i))
		create(t, s, id)
		logs[i] = openAs(t, s, id, "a")
	}
	free := pgtest.HoldRows(t, db, "sessions")
	defer free()
	var wg sync.WaitGroup
	began := time.Now()
	for _, l := range logs {
		wg.Go(func() {
			if err := l.Append(ctx, 0, storetest.Entries("p", 1, 1)); !errors.Is(err, store.ErrUnknown) {
				t.Errorf("append: %v", err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("writes were told after %v that they are unknown", took)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Close does not end")
	}
}

// Slow reads, however many, do not keep a node from renewing its lease.
func TestReadsLeaveTheLeaseAlone(t *testing.T) {
	t.Parallel()
	s := open(t, database(t), postgres.Config{Node: "a"})
	create(t, s, "s")
	if err := openAs(t, s, "s", "a").Append(ctx, 0, storetest.Entries("p", 1, 1)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	slow := make(chan struct{})
	for range 20 {
		wg.Go(func() {
			err := s.Replay(ctx, "s", "e", 0, store.Head, func(wire.Version, wire.Entry) error {
				<-slow
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(5 * time.Second) // the lease's clock is the database's
	if !s.Leased() {
		t.Error("the lease is lost")
	}
	close(slow)
	wg.Wait()
}

func TestSchemaOfALaterVersionIsRefused(t *testing.T) {
	t.Parallel()
	db := database(t)
	open(t, db, postgres.Config{}).Close()
	open(t, db, postgres.Config{}).Close() // as it is
	pgtest.Exec(t, db, "INSERT INTO corust_schema (version) VALUES (1000)")
	_, err := postgres.Open(ctx, db, postgres.Config{})
	if err == nil || !strings.Contains(err.Error(), "schema version 1000 is newer") {
		t.Errorf("opened: %v", err)
	}
}

// Nodes that start at once in an empty database all find the schema.
func TestNodesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	db := database(t)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			s, err := postgres.Open(ctx, db, postgres.Config{})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	db := database(t)
	for name, c := range map[string]struct{ url, want string }{
		"no URL":      {"postgres://corust:secret@:x/", "invalid"},
		"no server":   {"postgres://corust:secret@127.0.0.1:1/postgres?connect_timeout=1", "127.0.0.1:1"},
		"no database": {strings.Replace(db, "/postgres?", "/none?", 1), `database "none" does not exist`},
	} {
		_, err := postgres.Open(ctx, c.url, postgres.Config{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A database that was put back gets new epochs, so that clients which know what is lost bring
// it again; text, acknowledgements and settings are as they were.
func TestRestoredDatabaseHasNewEpochs(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := open(t, db, postgres.Config{})
	create(t, s, "s")
	l := openAs(t, s, "s", "a")
	if err := l.Append(ctx, 0, storetest.Entries("p", 1, 5)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 2, Files: wire.MainText("cb")}, 1), l.PutSettings(ctx, []byte("set"))); err != nil {
		t.Fatal(err)
	}
	again := open(t, db, postgres.Config{Restored: true})
	snap, err := again.Snapshot(ctx, "s")
	if err != nil || snap.Epoch == "e" || snap.Version != 5 || snap.Main() != "fedcb" || snap.Acked["p"] != (wire.Ack{Seq: 5, Version: 5}) {
		t.Errorf("snapshot %+v, %v", snap, err)
	}
	if got, err := store.Read(ctx, again, "s", snap.Epoch, 5, 0); err != nil || len(got) != 0 {
		t.Errorf("%d entries, %v", len(got), err)
	}
	if err := l.Append(ctx, 5, storetest.Entries("p", 6, 6)); !errors.Is(err, store.ErrFenced) {
		t.Errorf("append of the epoch before: %v", err)
	}
	fresh := openAs(t, again, "s", "a")
	if err := fresh.Append(ctx, 5, storetest.Entries("p", 6, 6)); err != nil {
		t.Error(err)
	}
}

// A node whose clock is wrong lets no session expire: it would delete those that are in use.
func TestWrongClockExpiresNothing(t *testing.T) {
	t.Parallel()
	db := database(t)
	for ahead, right := range map[time.Duration]bool{0: true, 24 * time.Hour: false, -24 * time.Hour: false} {
		s := open(t, db, postgres.Config{}.At(ahead))
		if _, err := s.Expired(ctx, time.Now().Add(ahead), 10); (err == nil) != right {
			t.Errorf("%v ahead: %v", ahead, err)
		}
	}
}

// What permanent links lead to is there for all nodes, once, within its bounds.
func TestKept(t *testing.T) {
	t.Parallel()
	db := database(t)
	a, b := open(t, db, postgres.Config{}), open(t, db, postgres.Config{})
	month := postgres.Bounds{Bytes: 1 << 20, Expire: 30 * 24 * time.Hour}
	for range 2 {
		if err := a.Keep(ctx, "x", []byte("one"), month); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := b.Kept(ctx, "x", month); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := b.Kept(ctx, "y", month); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nothing: %v", err)
	}
	random := make([]byte, 600<<10)
	for i := range random {
		random[i] = byte(rand.Uint32()) // which the database cannot compress
	}
	if err := a.Keep(ctx, "short", []byte("s"), month); err != nil {
		t.Fatal(err)
	}
	if err := b.Forget(ctx, "short"); err != nil {
		t.Error(err)
	}
	if _, err := a.Kept(ctx, "short", month); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was forgotten: %v", err)
	}
	if err := a.Forget(ctx, "short"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("forgotten twice: %v", err)
	}
	if err := a.Keep(ctx, "large", random, month); err != nil {
		t.Fatal(err)
	}
	if err := b.Keep(ctx, "larger", append(random, 1), month); !errors.Is(err, store.ErrNoRoom) {
		t.Errorf("beyond the bound: %v", err)
	}
	if err := b.Keep(ctx, "x", []byte("one"), month); err != nil {
		t.Errorf("what is there already: %v", err)
	}
	pgtest.Exec(t, db, "UPDATE kept SET read = read - interval '29 days 12 hours'")
	if _, err := a.Kept(ctx, "x", month); err != nil {
		t.Errorf("after 29 days: %v", err)
	}
	pgtest.Exec(t, db, "UPDATE kept SET read = read - interval '20 hours'")
	if _, err := a.Kept(ctx, "x", month); err != nil {
		t.Errorf("20 hours after it was read: %v", err)
	}
	if _, err := a.Kept(ctx, "large", month); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after 30 days: %v", err)
	}
	if err := a.Keep(ctx, "y", []byte("two"), month); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Query(t, db, "SELECT count(*)::text FROM kept"); n != "2" {
		t.Errorf("%s are kept, want x and y", n)
	}
}
