package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

func openWith(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "db"), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Create(context.Background(), "s", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return s
}

func openLog(t *testing.T, s *Store) store.Log {
	t.Helper()
	l, err := s.Open(context.Background(), "s", "node")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestSynchronous: the connection that writes waits as it was told.
func TestSynchronous(t *testing.T) {
	t.Parallel()
	for option, want := range map[Synchronous]int{"": 2, Full: 2, Normal: 1} {
		s := openWith(t, Config{Synchronous: option})
		err := s.submit(context.Background(), onRows, func(ctx context.Context) error {
			var have int
			if err := s.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&have); err != nil || have != want {
				t.Errorf("%q: %d, %v", option, have, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestFailedBatch: where a transaction fails, nobody is told what would have been
// true if it had not.
func TestFailedBatch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, Config{})
	long, err := ot.New(0, ot.Edit{Insert: string(bytes.Repeat([]byte("x"), 1<<20))})
	if err != nil {
		t.Fatal(err)
	}
	append1 := func(entry wire.Entry) *request {
		r := &request{kind: appending, done: make(chan struct{})}
		r.do = func(ctx context.Context) error { return s.stage(ctx, "s", "e", 0, pack([]wire.Entry{entry})) }
		return r
	}
	once := func() *request {
		r := &request{kind: onRows, done: make(chan struct{})}
		r.do = func(ctx context.Context) error {
			_, err := s.conn.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('once', '')")
			if errors.Is(classify(err), store.ErrDuplicate) {
				return errRefused{store.ErrExists}
			}
			return err
		}
		return r
	}
	started, full := make(chan struct{}), make(chan struct{})
	go s.submit(ctx, onRows, func(ctx context.Context) error {
		close(started)
		<-full
		_, err := s.conn.ExecContext(ctx, "PRAGMA max_page_count = 1") // as few as there are
		return err
	})
	<-started
	batch := []*request{once(), once(), append1(wire.Entry{Client: "p", Seq: 1, Changes: long}), append1(wire.Entry{Client: "q", Seq: 1, Changes: ot.Empty(0)})}
	for _, r := range batch {
		s.queue <- r
	}
	close(full)
	for i, r := range batch {
		if <-r.done; !errors.Is(r.err, store.ErrFull) {
			t.Errorf("request %d: %v", i, r.err)
		}
	}
	if err := openLog(t, s).Append(ctx, 0, []wire.Entry{{Client: "q", Seq: 1, Changes: ot.Empty(0)}}); err != nil {
		t.Error(err)
	}
}

// TestRoomIsGivenBack: one large transaction is not paid for by all later ones.
func TestRoomIsGivenBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, Config{})
	long, err := ot.New(0, ot.Edit{Insert: string(bytes.Repeat([]byte("x"), 3<<20))})
	if err != nil {
		t.Fatal(err)
	}
	if err := openLog(t, s).Append(ctx, 0, []wire.Entry{{Client: "p", Seq: 1, Changes: long}}); err != nil {
		t.Fatal(err)
	}
	err = s.submit(ctx, onRows, func(context.Context) error {
		if n := cap(s.journal.staged); n > maxRoom {
			return fmt.Errorf("room for %d bytes", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSeenIsForgotten: who pushed to a session is not remembered for as long as it
// is at work.
func TestSeenIsForgotten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, Config{foldAbove: 500})
	l := openLog(t, s)
	for n := range 300 {
		e := wire.Entry{Client: wire.ClientID(fmt.Sprint("client", n)), Seq: 1, Changes: ot.Empty(0)}
		if err := l.Append(ctx, wire.Version(n), []wire.Entry{e}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.submit(ctx, onRows, func(context.Context) error {
		if t := s.journal.tails["s"]; t != nil && len(t.seen) > 100 {
			return fmt.Errorf("%d clients are remembered", len(t.seen))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, n := range []int{0, 250, 299} {
		e := wire.Entry{Client: wire.ClientID(fmt.Sprint("client", n)), Seq: 1, Changes: ot.Empty(0)}
		if err := l.Append(ctx, 300, []wire.Entry{e}); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("push of client %d again: %v", n, err)
		}
	}
}

// FuzzGroup: what was written is read, and what was not is read without a panic,
// as an error or as something that fits in what there is.
func FuzzGroup(f *testing.F) {
	f.Add(int64(1), int64(1), int64(1), int64(0), "p", []byte(`[[0,"a"]]`), []byte{})
	f.Add(int64(1)<<62, int64(1)<<62, int64(-1), int64(-1)<<63, "", []byte(nil), []byte{1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, sid, v, seq, at int64, client string, changes, noise []byte) {
		if sid >= 0 && v >= 0 {
			want := record{wire.FileID(v % 3), wire.ClientID(client), wire.Seq(seq), at, changes}
			var two records
			two.add(want)
			two.add(want)
			b := appendGroup(nil, sid, wire.Version(v), two)
			gotSid, gotV, got, rest, err := cutGroup(append(b, noise...), formFiles)
			if err != nil || gotSid != sid || gotV != wire.Version(v) || got.n != 2 || !bytes.Equal(got.data, two.data) || !bytes.Equal(rest, noise) {
				t.Fatalf("%d, %d, %+v, %q, %v of %+v", gotSid, gotV, got, rest, err, want)
			}
			n := 0
			for i, e := range got.all() {
				if i != n || e.file != want.file || e.client != want.client || e.seq != want.seq || e.at != want.at || !bytes.Equal(e.changes, want.changes) {
					t.Fatalf("%d: %+v, want %+v", i, e, want)
				}
				n++
			}
			if n != 2 {
				t.Fatalf("%d records of 2", n)
			}
			if _, _, _, _, err := cutGroup(b[:len(b)-1], formFiles); err == nil {
				t.Fatal("a group without its last byte is whole")
			}
			if _, _, _, _, err := cutGroup(b, formFiles+1); !errors.Is(err, store.ErrCorrupt) {
				t.Fatalf("a group of an unknown form: %v", err)
			}
		}
		for _, form := range []int{formPlain, formFiles} {
			for rest := noise; len(rest) > 0; {
				_, _, r, left, err := cutGroup(rest, form)
				if err != nil {
					break
				}
				data := len(r.data)
				if form == formPlain {
					data -= r.n // of each the file
				}
				if len(left)+data >= len(rest) || r.n > len(r.data) {
					t.Fatalf("form %d: %+v of %d bytes, %d left", form, r, len(rest), len(left))
				}
				rest = left
			}
		}
	})
}
