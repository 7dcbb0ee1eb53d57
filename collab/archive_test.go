package collab_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/pgtest"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// export writes the archive of a session.
func export(t testing.TB, h *collab.Hub, id wire.SessionID) []byte {
	t.Helper()
	from, err := h.Export(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := archive.Write(&b, from, time.Now().UTC()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpaced does not make an import wait.
func unpaced(context.Context, int) error { return nil }

func importInto(h *collab.Hub, id wire.SessionID, data []byte) error {
	return h.Import(ctx, id, bytes.NewReader(data), int64(len(data)), unpaced)
}

// contents returns what an archive holds by name, without what differs between a session
// and its copy: the epoch and the times of the export and of the last edit.
func contents(t testing.TB, data []byte) map[string]string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(text)
	}
	for _, name := range []string{"corust.json", "history/first.json"} {
		var v map[string]any
		if err := json.Unmarshal([]byte(out[name]), &v); err != nil {
			t.Fatal(err)
		}
		delete(v, "exported")
		delete(v, "epoch")
		if h, ok := v["history"].(map[string]any); ok {
			delete(h, "epoch")
			delete(h, "edited")
		}
		out[name] = fmt.Sprint(v)
	}
	return out
}

// written returns the archive of a session in which two people have made entries, files,
// settings and runs.
func written(t *testing.T) (data []byte) {
	t.Helper()
	rng := testseed.Rand(t)
	synctest.Test(t, func(t *testing.T) {
		db := memory.New()
		h := collab.NewHub(collab.Config{Store: db, KeepAll: true, Snapshot: 20})
		defer h.Close()
		if err := h.Create(ctx, "s", "fn main() {}\n"); err != nil {
			t.Fatal(err)
		}
		if err := h.SetUp(ctx, "s", wire.Settings{"name": "Lesson", "mode": "release"}); err != nil {
			t.Fatal(err)
		}
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		for range 20 {
			a.write(rng, 8)
			time.Sleep(time.Minute)
			b.settle()
			b.types(rng.IntN(b.c.Text().Len()+1), "é\n")
			a.settle()
		}
		a.conn.Close()
		b.conn.Close()
		time.Sleep(time.Hour)
		l := storetest.Open(t, db, "s")
		for i := range 3 {
			source := fmt.Sprintf("// %d\nfn main() {}\n", i)
			if i == 2 {
				source = "\r" + `[{"name":"main.rs","content":"mod a;"},{"name":"a.rs","content":""}]`
			}
			start := time.Now().Add(time.Duration(i) * time.Second)
			err := l.PutRun(ctx, store.Run{
				ID: fmt.Sprintf("%s-%d-%d", l.Grant().Epoch, 10*i, i), Version: wire.Version(10 * i), By: id("a"), Started: start, Ended: start.Add(time.Second), Verdict: "exit", Source: &source,
				About:  []byte(`{"name":"a","options":{"mode":"release"},"stage":"run","detail":{"exit_code":3}}`),
				Output: []byte(`{"output":[{"run":"r","stream":"stdout","offset":0,"data":"aGk="}],"products":[{"name":"asm","media_type":"text/plain","size":3,"dropped":true}]}`),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Release(ctx); err != nil {
			t.Fatal(err)
		}
		data = export(t, h, "s")
	})
	return data
}

// stores opens an empty store of each kind, which ends with the test.
var stores = map[string]func(t *testing.T) store.Store{
	"memory": func(*testing.T) store.Store { return memory.New() },
	"sqlite": func(t *testing.T) store.Store {
		s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "sessions.db"), sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
	"postgres": func(t *testing.T) store.Store {
		s, err := postgres.Open(ctx, pgtest.New(t, "").URL(), postgres.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
}

// TestImportIsTheExportedSession: the copy has the same files, history, settings and runs,
// also once it was loaded, edited and unloaded.
func TestImportIsTheExportedSession(t *testing.T) {
	t.Parallel()
	data := written(t)
	want := contents(t, data)
	last := wire.Version(strings.Count(want["history/log.ndjson"], "\n"))
	if last < 100 || want["runs/"] != "" || len(want) < 6 {
		t.Fatalf("%d entries and %d parts are too few for a test", last, len(want))
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			defer db.Close()
			h := collab.NewHub(collab.Config{Store: db, KeepAll: true, Snapshot: 20, Idle: time.Millisecond})
			defer h.Close()
			start := time.Now()
			if err := importInto(h, "copy", data); err != nil {
				t.Fatal(err)
			}
			checkpoint, err := db.Checkpoint(ctx, "copy", infoOf(t, db, "copy").Epoch, 90)
			if err != nil || checkpoint.Version < 50 || checkpoint.Version > 90 {
				t.Errorf("the checkpoint before version 90 is at %d, %v", checkpoint.Version, err)
			}
			for _, when := range []string{"after the import", "after it was loaded"} {
				if got := contents(t, export(t, h, "copy")); !reflect.DeepEqual(got, want) {
					for name := range want {
						if got[name] != want[name] {
							t.Errorf("%s: %s is\n%s\nwant\n%s", when, name, got[name], want[name])
						}
					}
					t.Errorf("%s: it has %d parts, want %d", when, len(got), len(want))
				}
			}
			past, err := h.History(ctx, "copy")
			if names := past.Names; err != nil || len(names) != 2 || names[id("a")] != "a" || names[id("b")] != "b" {
				t.Errorf("the authors have the names %q, %v", names, err)
			}
			if i := infoOf(t, db, "copy"); i.Edited.Before(start.Truncate(time.Millisecond)) {
				t.Errorf("it was edited at %v, want the time of the import, or it expires at once", i.Edited)
			}
			if err := importInto(h, "copy", data); !errors.Is(err, store.ErrExists) {
				t.Errorf("a second import: %v", err)
			}
			if left, err := db.Expired(ctx, time.Time{}, 10); err != nil || len(left) > 0 {
				t.Errorf("drafts are left: %+v, %v", left, err)
			}
			// An author of the log who comes goes on with the next push.
			conn, err := h.Join(ctx, "copy", authority.Visitor{})
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Send(ctx, &wire.Hello{Key: "a", Name: "a"}); err != nil {
				t.Fatal(err)
			}
			first, err := conn.Recv(ctx)
			if err != nil {
				t.Fatal(err)
			}
			m, err := wire.DecodeServer(first)
			w, ok := m.(*wire.Welcome)
			if err != nil || !ok || w.AckedSeq == 0 || w.Version != last || w.Run == nil {
				t.Fatalf("welcome %s, %v", first, err)
			}
			push := &wire.PushMsg{Epoch: w.Epoch, Version: w.Version, Seq: w.AckedSeq + 1, File: 77, Op: &wire.FileOp{Do: wire.CreateFile, Path: "new.rs"}}
			if err := conn.Send(ctx, push); err != nil {
				t.Fatal(err)
			}
			if ack, err := conn.Recv(ctx); err != nil || !strings.Contains(string(ack), `"ack"`) {
				t.Errorf("push: %s, %v", ack, err)
			}
			conn.Close()
			if past, err := h.History(ctx, "copy"); err != nil || past.First != 0 || past.Version != last+1 {
				t.Errorf("history %+v, %v", past, err)
			}
		})
	}
}

// TestImportKeepsWhatTheHubKeeps: of a long history, a hub that keeps the recent part has
// that part only, and it leads to the same files.
func TestImportKeepsWhatTheHubKeeps(t *testing.T) {
	t.Parallel()
	data := written(t)
	want := contents(t, data)
	last := wire.Version(strings.Count(want["history/log.ndjson"], "\n"))
	for _, c := range []struct {
		keep, bytes int
		first       wire.Version
	}{{50, 0, last - 50}, {1, 0, last - 1}, {int(last), 0, 0}, {int(last) + 1, 0, 0}, {100, 1, last}} {
		db := memory.New()
		h := collab.NewHub(collab.Config{Store: db, KeepLog: c.keep, Snapshot: 20, Limits: wire.Limits{Bytes: c.bytes}})
		if err := importInto(h, "s", data); err != nil {
			t.Fatal(err)
		}
		past, err := h.History(ctx, "s")
		if err != nil || past.First != c.first || past.Version != last {
			t.Errorf("keep %d entries, %d bytes: history %+v, %v, want from %d to %d", c.keep, c.bytes, past, err, c.first, last)
		}
		got := contents(t, export(t, h, "s"))
		for name := range want {
			switch {
			case name == "corust.json" || name == "history/first.json":
			case name == "history/log.ndjson":
				if !strings.HasSuffix(want[name], got[name]) {
					t.Errorf("keep %d: the log is no end of the exported one", c.keep)
				}
			case got[name] != want[name]:
				t.Errorf("keep %d: %s is %q, want %q", c.keep, name, got[name], want[name])
			}
		}
		h.Close()
	}
}

// TestImportThatFailsLeavesNothing: whichever write fails, with whatever outcome, there is no
// session afterwards, and no draft.
func TestImportThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	data := written(t)
	disk := errors.New("the disk is gone")
	for name, fault := range map[string]func(do func() error) error{
		"an error":                  func(func() error) error { return disk },
		"full":                      func(func() error) error { return store.ErrFull },
		"unknown, and it landed":    func(do func() error) error { return storetest.Unknown(true, do) },
		"unknown, and it did not":   func(do func() error) error { return storetest.Unknown(false, do) },
		"another node has taken it": func(func() error) error { return store.ErrFenced },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				db, writes, failed := memory.New(), 0, ""
				f := &storetest.Faulty{Store: db, Write: func(method string, do func() error) error {
					if writes++; writes == n+1 {
						failed = method
						return fault(do)
					}
					return do()
				}}
				h := collab.NewHub(collab.Config{Store: f, KeepAll: true, Snapshot: 60})
				err := importInto(h, "s", data)
				h.Close()
				if failed == "" {
					if err != nil || n < 10 {
						t.Errorf("after %d writes: %v", n, err)
					}
					break
				}
				if left, wrong := db.Expired(ctx, time.Now().Add(time.Hour), 10); err == nil || wrong != nil || len(left) > 0 {
					t.Errorf("write %d, %s: %v, left %+v, %v", n, failed, err, left, wrong)
				}
			}
		})
	}
}

// swept is a store in which another hub looks for drafts before each of the first Opens.
type swept struct {
	store.Store
	sweeps int
}

func (s *swept) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	if s.sweeps--; s.sweeps >= 0 {
		left, err := s.Expired(ctx, time.Time{}, 10)
		for _, info := range left {
			err = errors.Join(err, s.DeleteIdle(ctx, info))
		}
		if err != nil {
			return nil, err
		}
	}
	return s.Store.Open(ctx, id, node)
}

// TestImportWhileDraftsAreDeleted: one that is not yet owned is made again, and not for ever.
func TestImportWhileDraftsAreDeleted(t *testing.T) {
	t.Parallel()
	data := written(t)
	for sweeps, want := range map[int]error{1: nil, 3: store.ErrNotFound} { // its own hub may sweep once more
		h := collab.NewHub(collab.Config{Store: &swept{memory.New(), sweeps}})
		if err := importInto(h, "s", data); !errors.Is(err, want) {
			t.Errorf("%d sweeps: %v, want %v", sweeps, err, want)
		}
		h.Close()
	}
}

// TestRefusedImportWritesNothing: an archive is checked as a whole first.
func TestRefusedImportWritesNothing(t *testing.T) {
	t.Parallel()
	data := written(t)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	damaged := bytes.Clone(data)
	damaged[bytes.Index(damaged, []byte("history/log.ndjson"))+200] ^= 1
	for name, c := range map[string]struct {
		ctx  context.Context
		data []byte
		lim  wire.Limits
		want error
	}{
		"a text above the limit":     {ctx, data, wire.Limits{Text: 20}, wire.ErrTooLarge},
		"more files than the limit":  {ctx, data, wire.Limits{Files: 1}, wire.ErrTooLarge},
		"a damaged log":              {ctx, damaged, wire.Limits{}, nil},
		"an archive that ends early": {ctx, data[:len(data)/2], wire.Limits{}, archive.ErrFormat},
		"a caller who has gone":      {canceled, data, wire.Limits{}, context.Canceled},
	} {
		f := &storetest.Faulty{Store: memory.New(), Write: func(method string, _ func() error) error {
			t.Errorf("%s: %s", name, method)
			return errors.New("no")
		}}
		h := collab.NewHub(collab.Config{Store: f, Limits: c.lim})
		err := h.Import(c.ctx, "s", bytes.NewReader(c.data), int64(len(c.data)), unpaced)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if left, err := f.Expired(ctx, time.Now().Add(time.Hour), 10); err != nil || len(left) > 0 {
			t.Errorf("%s: left %+v, %v", name, left, err)
		}
		h.Close()
	}
}

// TestLeftDraftsAreDeleted: what an import of a process that was killed has left goes when
// the next hub starts, or soon, also where sessions do not expire.
func TestLeftDraftsAreDeleted(t *testing.T) {
	hub(t, collab.Config{}, "stays", func(t *testing.T, h *collab.Hub) {
		db := memory.New()
		leave := func() {
			id := store.NewDraft()
			if err := db.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); err != nil {
				t.Fatal(err)
			}
			l := storetest.Open(t, db, id)
			if err := l.Append(ctx, 0, []wire.Entry{storetest.Entry("p", 1)}); err != nil {
				t.Fatal(err)
			}
			if err := l.Release(ctx); err != nil {
				t.Fatal(err)
			}
		}
		leave()
		next := collab.NewHub(collab.Config{Store: db})
		defer next.Close()
		if err := next.Create(ctx, "s", ""); err != nil {
			t.Fatal(err)
		}
		gone := func(when string) {
			synctest.Wait()
			if left, err := db.Expired(ctx, time.Time{}, 10); err != nil || len(left) > 0 {
				t.Errorf("%s: %+v, %v", when, left, err)
			}
		}
		gone("at the start")
		leave()
		time.Sleep(2 * time.Hour)
		gone("after two hours")
		if ok, err := next.Exists(ctx, "s"); !ok || err != nil {
			t.Errorf("a session that does not expire: %t, %v", ok, err)
		}
	})
}

// TestImportWaitsForItsPace: the pace learns of each write before it, and its error ends the
// import.
func TestImportWaitsForItsPace(t *testing.T) {
	t.Parallel()
	data := written(t)
	h := collab.NewHub(collab.Config{Store: memory.New(), KeepAll: true})
	defer h.Close()
	enough, total := errors.New("enough"), 0
	pace := func(limit int) func(context.Context, int) error {
		return func(_ context.Context, n int) error {
			if total += n; total > limit {
				return enough
			}
			return nil
		}
	}
	if err := h.Import(ctx, "s", bytes.NewReader(data), int64(len(data)), pace(5000)); !errors.Is(err, enough) {
		t.Errorf("%v after %d bytes", err, total)
	}
	if ok, _ := h.Exists(ctx, "s"); ok {
		t.Error("it is there")
	}
	total = 0
	if err := h.Import(ctx, "s", bytes.NewReader(data), int64(len(data)), pace(1<<30)); err != nil || total < len(contents(t, data)["history/log.ndjson"])/2 {
		t.Errorf("%v after %d bytes", err, total)
	}
}
