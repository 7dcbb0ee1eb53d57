package sqlite_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

const childEnv = "CORUST_STORE_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := child(path); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const childSessions = 5

// operated is the session whose entries are a file that is created, edited, renamed and
// deleted, over and over; the entries of the others are edits of the main file.
const operated = "s0"

// entries are those from..to of a session of a child.
func entries(id wire.SessionID, from, to int) []wire.Entry {
	list := storetest.Entries("p", from, to)
	if id != operated {
		return list
	}
	for i := range list {
		n, e := from+i, &list[i]
		e.File, e.Changes = wire.FileID((n+3)/4), ot.ChangeSet{}
		switch n % 4 {
		case 1:
			e.Op = &wire.FileOp{Do: wire.CreateFile, Path: fmt.Sprintf("new%d.rs", n), Text: "ü\"\n"}
		case 2:
			e.Changes = storetest.Entry("p", 4).Changes // of a text of three units
		case 3:
			e.Op = &wire.FileOp{Do: wire.RenameFile, Path: fmt.Sprintf("dir/old%d.rs", n)}
		case 0:
			e.Op = &wire.FileOp{Do: wire.DeleteFile}
		}
	}
	return list
}

// filesAt are the files of a session's snapshot. Those of a session of edits name its version.
func filesAt(id wire.SessionID, version int) ([]wire.File, error) {
	if id != operated {
		return wire.MainText(fmt.Sprint(version)), nil
	}
	set, err := files.Of(wire.MainText(""))
	for _, e := range entries(id, version-version%4+1, version) {
		if err == nil {
			set, err = set.Apply(e)
		}
	}
	return set.Wire(), err
}

// child appends to several sessions at once, and says "ack session version"
// when, and only when, an entry is acknowledged. It goes on until it is killed.
func child(path string) error {
	// Half of the children fold at every commit, half leave it to the next one.
	s, err := sqlite.Open(ctx, path, sqlite.Config{}.Folding(1+rand.IntN(2)<<20))
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	errs := make(chan error, childSessions+1)
	say := func(what string, n int64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println("ack", what, n)
	}
	wg.Go(func() { errs <- comeAndGo(s, say) })
	for i := range childSessions {
		wg.Go(func() {
			id := wire.SessionID(fmt.Sprint("s", i))
			err := s.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.UnixMilli(1))
			if err != nil && !errors.Is(err, store.ErrExists) {
				errs <- err
				return
			}
			l, err := s.Open(ctx, id, "child")
			if err != nil {
				errs <- err
				return
			}
			head := int(l.Grant().Head)
			for {
				n := 1 + rand.IntN(3)
				if err := l.Append(ctx, wire.Version(head), entries(id, head+1, head+n)); err != nil {
					errs <- err
					return
				}
				head += n
				say(string(id), int64(head))
				if head%50 < n { // snapshots race with the entries
					list, err := filesAt(id, head)
					if err == nil {
						err = l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: wire.Version(head), Files: list}, wire.Version(max(0, head-20)))
					}
					if err != nil {
						errs <- err
						return
					}
				}
			}
		})
	}
	return <-errs
}

// brief is a session that is deleted after a few appends and made anew, as often
// as there is time. Each has a number of its own: its epoch and its only client.
const brief, briefGone = "brief", "brief-gone"

// comeAndGo says of a brief session its number and, in three digits, its version,
// and that it is about to go.
func comeAndGo(s *sqlite.Store, say func(string, int64)) error {
	for {
		l, err := s.Open(ctx, brief, "child")
		if err == nil { // it may be that of a child before
			var n int64
			if _, err := fmt.Sscan(string(l.Grant().Epoch), &n); err != nil {
				return err
			}
			say(briefGone, n)
			err = l.Delete(ctx)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		n := time.Now().UnixMicro()
		name := fmt.Sprint(n)
		if err := s.Create(ctx, brief, wire.Snapshot{Epoch: wire.Epoch(name), Files: wire.MainText("")}, time.UnixMilli(1)); err != nil {
			return err
		}
		if l, err = s.Open(ctx, brief, "child"); err != nil {
			return err
		}
		for v := range 1 + rand.IntN(8) {
			if err := l.Append(ctx, wire.Version(v), storetest.Entries(wire.ClientID(name), v+1, v+1)); err != nil {
				return err
			}
			say(brief, n*1000+int64(v)+1)
		}
	}
}

// TestKill kills a writing process at any moment, hundreds of times over one
// file: what was acknowledged is there, once, and nothing that was not sent.
// What a killed process leaves is in the hands of the kernel; a loss of power
// is another matter, which synchronous=FULL is for and no test here can show.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 200
	if testing.Short() {
		kills = 30
	}
	rng := testseed.Rand(t)
	path := filepath.Join(t.TempDir(), "db")
	acked := map[wire.SessionID]int64{}
	total := 0
	for k := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// So many acknowledgements after the start, give or take what the
		// process does until the signal comes.
		lines, after := bufio.NewScanner(out), 1+rng.IntN(40)
		killed := false
		for lines.Scan() {
			var id wire.SessionID
			var v int64
			if _, err := fmt.Sscanf(lines.Text(), "ack %s %d", &id, &v); err != nil {
				if killed && !strings.HasPrefix(lines.Text(), "error") {
					break // the last line, cut short
				}
				t.Fatalf("kill %d: child says %q", k, lines.Text())
			}
			acked[id] = max(acked[id], v)
			total++
			if after--; after == 0 {
				killed = true
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		cmd.Wait()
		if !killed {
			t.Fatalf("kill %d: the child ended by itself", k)
		}
		if k%10 == 9 || k == kills-1 {
			checkKilled(t, path, acked)
		}
		if t.Failed() {
			t.Fatalf("after kill %d", k)
		}
	}
	t.Logf("%d kills, %d acknowledgements, none lost", kills, total)
}

func checkKilled(t *testing.T, path string, acked map[wire.SessionID]int64) {
	t.Helper()
	s := open(t, path, sqlite.Config{})
	defer s.Close()
	checkBrief(t, s, acked[brief], acked[briefGone])
	for id, acked := range acked {
		if id == brief || id == briefGone {
			continue
		}
		v := int(acked)
		snap, err := s.Snapshot(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if files, err := filesAt(id, int(snap.Version)); snap.Version > 0 && (err != nil || !slices.Equal(snap.Files, files)) {
			t.Errorf("%s: snapshot at %d holds %v, want %v, %v", id, snap.Version, snap.Files, files, err)
		}
		got, err := store.Read(ctx, s, id, "e", snap.Version, 0)
		if err != nil {
			t.Fatal(err)
		}
		head := int(snap.Version) + len(got)
		// Each of the ten children since the last check may have had one
		// append of up to three entries under way in each session.
		if head < v || head > v+30 {
			t.Errorf("%s: head at %d, acknowledged up to %d", id, head, v)
		}
		for i, want := range entries(id, int(snap.Version)+1, head) {
			if e := got[i]; e.Client != want.Client || e.Seq != want.Seq || e.File != want.File || !e.SameChange(want) {
				t.Errorf("%s: entry %d is %+v, want %+v", id, int(snap.Version)+i+1, e, want)
			}
		}
	}
}

// checkBrief wants the brief session that was there last, or a later one, and
// nothing in it of those before.
func checkBrief(t *testing.T, s *sqlite.Store, acked, gone int64) {
	t.Helper()
	snap, err := s.Snapshot(ctx, brief)
	if errors.Is(err, store.ErrNotFound) {
		if gone < acked/1000 {
			t.Errorf("brief session %d is not there", acked)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.Read(ctx, s, brief, snap.Epoch, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	if _, err := fmt.Sscan(string(snap.Epoch), &n); err != nil {
		t.Fatal(err)
	}
	if n*1000+int64(len(got)) < acked {
		t.Errorf("brief session %d has %d entries, acknowledged: %d", n, len(got), acked)
	}
	if want := storetest.Entries(wire.ClientID(snap.Epoch), 1, len(got)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("brief session %d has %v", n, got)
	}
}
