package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// A place is a directory in which a store of one session is used.
type place struct {
	*testing.T
	dir string
}

func newPlace(t *testing.T) place {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("types shell commands, as who copies files does")
	}
	p := place{t, filepath.Join(t.TempDir(), "state")}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	fill(t, p.db(), 10)
	return p
}

func (p place) db() string { return filepath.Join(p.dir, "db") }

// work opens the store, makes so many appends to its session, and closes it.
func (p place) work(n int) {
	p.Helper()
	s := open(p.T, p.db(), sqlite.Config{})
	p.append(s, n)
	if err := s.Close(); err != nil {
		p.Fatal(err)
	}
}

func (p place) append(s *sqlite.Store, n int) {
	p.Helper()
	l := storetest.Open(p, s, "s")
	head := int(l.Grant().Head)
	for v := head; v < head+n; v++ {
		if err := l.Append(ctx, wire.Version(v), storetest.Entries("p", v+1, v+1)); err != nil {
			p.Fatal(err)
		}
	}
}

// sh types what users type, in the directory.
func (p place) sh(script string) {
	p.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("%s: %v: %s", script, err, out)
	}
}

// editMark changes the fields of a mark, in place.
func (p place) editMark(file string, edit func(changes, written *int64)) {
	p.Helper()
	file = filepath.Join(p.dir, file)
	text, err := os.ReadFile(file)
	if err != nil {
		p.Fatal(err)
	}
	var history string
	var changes, written, inode int64
	if _, err := fmt.Sscanf(string(text), "corust-mark 1 %s %d %d %d\n", &history, &changes, &written, &inode); err != nil {
		p.Fatalf("%v in %q", err, text)
	}
	edit(&changes, &written)
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		p.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "corust-mark 1 %32s %020d %020d %020d\n", history, changes, written, inode); err != nil {
		p.Fatal(err)
	}
}

// aDayAgo lets a mark be written a day ago. No tool can do that to the time of
// the file's last change, so it is its own idea of it that is set back.
func aDayAgo(_, written *int64) { *written -= int64(24 * time.Hour) }

// epoch opens the store and says what epoch its session has, and why it is not
// the one it had, if it is not.
func (p place) epoch() (epoch wire.Epoch, renewed string) {
	p.Helper()
	s := open(p.T, p.db(), sqlite.Config{})
	defer s.Close()
	snap, err := s.Snapshot(ctx, "s")
	if err != nil {
		p.Fatal(err)
	}
	return snap.Epoch, s.Renewed()
}

// TestWhatIsNoCopy: a store that goes on keeps its epochs, whatever happens to
// its process and its directory.
func TestWhatIsNoCopy(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(p *place){
		"closed and opened": func(p *place) { p.work(3); p.work(0) },
		"the directory was moved": func(p *place) {
			moved := p.dir + "-moved"
			if err := os.Rename(p.dir, moved); err != nil {
				p.Fatal(err)
			}
			p.dir = moved
		},
		"the directory is reached by a link": func(p *place) {
			if err := os.Symlink(p.dir, p.dir+"-link"); err != nil {
				p.Fatal(err)
			}
			p.dir += "-link"
		},
		"the file is reached by a link": func(p *place) {
			link := p.dir + "-link"
			if err := errors.Join(os.Mkdir(link, 0o700), os.Symlink(p.db(), filepath.Join(link, "db"))); err != nil {
				p.Fatal(err)
			}
			p.dir = link
		},
		"somebody made a copy": func(p *place) { p.sh("cp -a . ../copy; cat db-mark >/dev/null") },
		"power was lost and the mark is of some commits ago": func(p *place) {
			p.editMark("db-mark", func(changes, written *int64) { *changes, *written = *changes-1, time.Now().UnixNano() })
		},
		"sessions were deleted": func(p *place) {
			s := open(p.T, p.db(), sqlite.Config{})
			if err := errors.Join(s.Create(ctx, "old", wire.Snapshot{Epoch: "x", Files: wire.MainText("")}, time.UnixMilli(1)),
				storetest.Open(p, s, "old").Append(ctx, 0, storetest.Entries("p", 1, 1))); err != nil {
				p.Fatal(err)
			}
			p.append(s, 1)
			if err := errors.Join(storetest.Open(p, s, "old").Delete(ctx), s.Close()); err != nil {
				p.Fatal(err)
			}
		},
		"it is from before there were marks": func(p *place) {
			p.forgetHistory()
			p.sh("rm db-mark")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			do(&p)
			for range 2 {
				if epoch, why := p.epoch(); epoch != "e" || why != "" {
					t.Errorf("epoch %s: %s", epoch, why)
				}
			}
		})
	}
}

// forgetHistory makes the file one of a corust that knew of no marks.
func (p place) forgetHistory() {
	p.Helper()
	execute(p.T, p.db(), "DELETE FROM meta WHERE key = 'history'")
}

// TestWhatIsACopy: a state of which more was acknowledged than it holds never
// keeps its epochs, however it came where it is, and neither does what may be
// one.
func TestWhatIsACopy(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]struct {
		do  func(p *place)
		why string
	}{
		"the file alone, elsewhere": {func(p *place) {
			p.sh("mkdir ../copy && cp -a db ../copy")
			p.dir = filepath.Join(p.dir, "../copy")
		}, "its mark is missing"},
		"the directory, elsewhere, at once": {func(p *place) {
			p.sh("cp -a . ../copy")
			p.dir = filepath.Join(p.dir, "../copy")
		}, "its mark is a copy"},
		"the directory in use, elsewhere": {func(p *place) {
			s := open(p.T, p.db(), sqlite.Config{})
			p.append(s, 2)
			p.sh("cp -a . ../copy")
			p.append(s, 1)
			p.dir = filepath.Join(p.dir, "../copy")
		}, "its mark is a copy"},
		"the directory, moved away and put back": {func(p *place) {
			p.sh("cp -a . ../copy")
			p.editMark("../copy/db-mark", aDayAgo)
			p.work(1)
			p.sh("rm -r ../state/* && cp -a ../copy/. .")
		}, "its mark is a copy"}, // or, where the inode was given out again, written by something else
		"the file, over what went on": {func(p *place) {
			p.sh("cp db ../saved")
			p.work(3)
			p.sh("cat ../saved >db")
		}, "it lacks 3 acknowledged changes"},
		"the file and its log of the same run, after a crash": {func(p *place) {
			s := open(p.T, p.db(), sqlite.Config{})
			p.append(s, 2)
			p.sh("cp db db-wal ..")
			p.append(s, 1)
			s.Close()
			p.sh("cat ../db >db; cat ../db-wal >db-wal")
		}, "it lacks 1 acknowledged changes"},
		"the whole directory, over what went on": {func(p *place) {
			p.sh("mkdir saved && cp -a db db-mark saved")
			p.editMark("saved/db-mark", aDayAgo)
			p.work(1)
			p.sh("for f in db db-mark; do cat saved/$f >$f; done")
		}, "its mark was written by something else"},
		"the mark of another": {func(p *place) {
			other := newPlace(p.T)
			other.work(40)
			p.sh("cp -a " + other.dir + "/db ../other && cat ../other >db")
		}, "its mark is another database's"},
		"a broken mark": {func(p *place) { p.sh("head -c 20 db-mark >m; cat m >db-mark") }, "its mark cannot be read"},
		"an empty mark": {func(p *place) { p.sh(": >db-mark") }, "its mark is missing"},
		"from before there were marks, over one that has one": {func(p *place) { p.forgetHistory() }, "its mark is another database's"},
		"a copy of Backup": {func(p *place) {
			if err := sqlite.Backup(ctx, p.db(), p.dir+"/copy"); err != nil {
				p.Fatal(err)
			}
			p.sh("mv copy db")
		}, "it is a back-up"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			do.do(&p)
			epoch, why := p.epoch()
			again := why == "its mark was written by something else" && do.why == "its mark is a copy"
			if epoch == "e" || why != do.why && !again {
				t.Errorf("epoch %s: %q, want %q", epoch, why, do.why)
			}
			// Then it is a store of its own.
			p.work(1)
			if now, why := p.epoch(); now != epoch || why != "" {
				t.Errorf("epoch %s, then %s: %s", epoch, now, why)
			}
		})
	}
}

func TestSaidToBeRestored(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := open(t, p.db(), sqlite.Config{Restored: true})
	if snap, err := s.Snapshot(ctx, "s"); err != nil || snap.Epoch == "e" || s.Renewed() == "" {
		t.Errorf("epoch %s, %q, %v", snap.Epoch, s.Renewed(), err)
	}
}

// TestBackupReads: a back-up changes nothing of what it copies, whether that is in
// use or not.
func TestBackupReads(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := open(t, p.db(), sqlite.Config{})
	p.append(s, 2)
	p.sh("mkdir ../copy && cp -a db db-wal ../copy && cd ../copy && sha256sum * >../sums")
	if err := sqlite.Backup(ctx, filepath.Join(p.dir, "../copy/db"), p.dir+"/saved"); err != nil {
		t.Fatal(err)
	}
	p.sh("cd ../copy && sha256sum -c ../sums")
	if info, err := os.Stat(p.dir + "/saved"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the copy: %v, %v", info.Mode(), err)
	}
	// Of a stopped one, too; and nothing is left beside it.
	stopped := newPlace(t)
	if err := sqlite.Backup(ctx, stopped.db(), p.dir+"/saved-stopped"); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(stopped.db() + "-[ws]*"); len(left) > 0 {
		t.Errorf("left beside what was copied: %q", left)
	}
	if err := sqlite.Backup(ctx, p.db(), p.dir+"/saved"); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if err := sqlite.Backup(ctx, p.dir+"/none", p.dir+"/saved2"); err == nil {
		t.Error("a back-up of nothing")
	}
	if _, err := os.Stat(p.dir + "/none"); err == nil {
		t.Error("a back-up made what it was to copy")
	}
	p.sh("echo text >text")
	if err := sqlite.Backup(ctx, p.dir+"/text", p.dir+"/saved3"); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a back-up of a text: %v", err)
	}
	p.append(s, 1)
	if s.Renewed() != "" {
		t.Error("the store was renewed")
	}
	if left, _ := filepath.Glob(p.dir + "/*.part"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestRestore puts any kind of copy back over what went on, log and all.
func TestRestore(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.sh("mkdir ../copy && cp -a db ../copy")
	s := open(t, p.db(), sqlite.Config{})
	p.append(s, 2)
	p.sh("mkdir ../crashed && cp -a db db-wal db-mark ../crashed") // as kill -9 leaves it
	s.Close()
	p.dir = filepath.Join(p.dir, "../crashed")
	replaced, err := sqlite.Restore(ctx, filepath.Join(p.dir, "../copy/db"), p.db())
	if err != nil {
		t.Fatal(err)
	}
	restored := open(t, p.db(), sqlite.Config{})
	if snap, err := restored.Snapshot(ctx, "s"); err != nil || snap.Version != 10 || snap.Epoch == "e" || restored.Renewed() != "it is a back-up" {
		t.Errorf("restored %+v, %v, %q", snap, err, restored.Renewed())
	}
	restored.Close()
	if left, _ := filepath.Glob(p.db() + "*.restoring*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	// Who restores is root; whose the database is may be another.
	if os.Geteuid() == 0 {
		p.sh("chown 65534:65534 db")
		if _, err := sqlite.Restore(ctx, filepath.Join(p.dir, "../copy/db"), p.db()); err != nil {
			t.Error(err)
		}
		p.sh("test $(stat -c %u:%g:%a db) = 65534:65534:600; chown 0:0 db")
	}
	// What was replaced is whole: with what only its log held.
	was := open(t, replaced, sqlite.Config{})
	if snap, err := was.Snapshot(ctx, "s"); err != nil || snap.Version != 12 {
		t.Errorf("replaced %+v, %v", snap, err)
	}
	// By a link: what it leads to is replaced.
	p.sh("mkdir ../far && mv db ../far && ln -s ../far/db db")
	if replaced, err := sqlite.Restore(ctx, filepath.Join(p.dir, "../copy/db"), p.db()); err != nil || filepath.Base(filepath.Dir(replaced)) != "far" {
		t.Errorf("by a link: %q, %v", replaced, err)
	}
	p.sh("test -h db && test -f ../far/db && test ! -h ../far/db")
	if _, why := p.epoch(); why != "it is a back-up" {
		t.Errorf("by a link: %q", why)
	}
	p.sh("rm db && mv ../far/db ../far/db-mark .")
	// Into an empty place.
	if replaced, err := sqlite.Restore(ctx, p.db(), p.dir+"/new"); err != nil || replaced != "" {
		t.Errorf("into an empty place: %q, %v", replaced, err)
	}
	// What is no store replaces nothing.
	p.epoch()
	p.sh("echo text >text")
	if _, err := sqlite.Restore(ctx, p.dir+"/text", p.db()); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a text: %v", err)
	}
	if _, why := p.epoch(); why != "" {
		t.Errorf("a refused restore changed the store: %s", why)
	}
}
