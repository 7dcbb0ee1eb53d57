package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func text(s string) Snapshot { return Snapshot{Files: []File{{Text: s}}} }

func opened(t *testing.T, dir string, l Limits, c *clock) *Dir {
	t.Helper()
	d, err := open(dir, l, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestASnapshotIsReadAsItWasStoredAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	want := Snapshot{Files: []File{{Name: "src/main.rs", Text: "mod a;\n\x00é\u2028"}, {Name: "src/a.rs", Text: ""}}}
	id, err := opened(t, dir, Limits{}, c).Put(t.Context(), want)
	if err != nil || !id.Valid() {
		t.Fatal(id, err)
	}
	got, err := opened(t, dir, Limits{}, c).Get(t.Context(), id)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestTheSameContentIsStoredOnce(t *testing.T) {
	t.Parallel()
	d := opened(t, t.TempDir(), Limits{Bytes: block}, &clock{time.Now()})
	var ids [2]ID
	for i := range ids {
		var err error
		if ids[i], err = d.Put(t.Context(), text("a")); err != nil {
			t.Fatal(err)
		}
	}
	if ids[0] != ids[1] || d.bytes != block {
		t.Error(ids, d.bytes)
	}
}

func TestAFullStoreRefusesNewContentAndKeepsTheOld(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	l := Limits{Bytes: 3 * block}
	d := opened(t, dir, l, c)
	id, err := d.Put(t.Context(), text(strings.Repeat("a", block)))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Dir{d, opened(t, dir, l, c)} { // also after a restart
		if _, err := d.Put(t.Context(), text(strings.Repeat("b", block))); !errors.Is(err, ErrFull) {
			t.Errorf("error %v, want ErrFull", err)
		}
		if _, err := d.Get(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

func TestUnusedSnapshotsExpireAndMakeRoom(t *testing.T) {
	t.Parallel()
	c := &clock{time.Now()}
	d := opened(t, t.TempDir(), Limits{Bytes: 2 * block, Expire: 72 * time.Hour}, c)
	read, err1 := d.Put(t.Context(), text("read"))
	unread, err2 := d.Put(t.Context(), text("unread"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(48 * time.Hour)
	if _, err := d.Get(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(25 * time.Hour)
	if _, err := d.Get(t.Context(), unread); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
	if _, err := d.Put(t.Context(), text("new")); err != nil {
		t.Error(err)
	}
	if _, err := d.Get(t.Context(), read); err != nil {
		t.Error(err)
	}
}

func TestHostileIDsAreNotFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := opened(t, filepath.Join(dir, "in"), Limits{}, &clock{time.Now()})
	secret := "../../secret" + strings.Repeat("x", 20)
	if err := os.WriteFile(filepath.Join(dir, "secret.json"), []byte(`{"files":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []ID{"", "a", ID(secret), "../secret", ID(strings.Repeat("A", 32)), ID(strings.Repeat("0", 31) + "\x00"), ID(strings.Repeat("0", 32))} {
		if _, err := d.Get(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: error %v", id, err)
		}
	}
}

func TestADamagedFileIsAnErrorAndAnUnfinishedOneIsRemoved(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	d := opened(t, dir, Limits{}, c)
	id, err := d.Put(t.Context(), text("a"))
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(filepath.Dir(d.path(id)), "1.new")
	if err := errors.Join(os.WriteFile(d.path(id), []byte("{"), 0o600), os.WriteFile(left, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, dir, Limits{}, c).Get(t.Context(), id); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Error("what a write left is still there")
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	d := opened(t, t.TempDir(), Limits{Bytes: 1 << 20, Expire: time.Hour}, &clock{time.Now()})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			want := text(string(rune('a' + i%7)))
			id, err := d.Put(context.Background(), want)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := d.Get(context.Background(), id); err != nil || !cmp.Equal(want, got) {
				t.Error(got, err)
			}
		})
	}
	wg.Wait()
	if d.bytes != 7*block {
		t.Errorf("%d bytes", d.bytes)
	}
}

func TestAllListsWhatHasNotExpired(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	d := opened(t, dir, Limits{Expire: 2 * time.Hour}, c)
	put := func(s string, age time.Duration) ID {
		id, err := d.Put(t.Context(), text(s))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(d.path(id), c.at.Add(-age), c.at.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return id
	}
	put("old", 3*time.Hour)
	want := map[ID]string{put("a", time.Hour): "a", put("b", time.Hour): "b"}
	for s, err := range d.All() {
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(s.Data)
		if err != nil || got.Files[0].Text != want[s.ID] || c.at.Sub(s.Read).Round(time.Minute) != time.Hour {
			t.Errorf("%s: %+v read at %v, %v", s.ID, got, s.Read, err)
		}
		delete(want, s.ID)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, err := range d.All() {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the directory is gone: %v", err)
		}
	}
}

// TestCopyBringsWhatIsMissing: a copy has every snapshot with its time, what is there stays,
// and what is not a snapshot is left alone.
func TestCopyBringsWhatIsMissing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	root := t.TempDir()
	from, to := filepath.Join(root, "from"), filepath.Join(root, "to")
	nothing := func(string) error { return nil }
	if n, err := Copy(ctx, from, to, nothing); n != 0 || err != nil {
		t.Errorf("of no directory: %d, %v", n, err)
	}
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a copy of nothing made a directory: %v", err)
	}
	d, err := Open(from, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[ID]string{}
	for _, text := range []string{"one", "two", "é\x00"} {
		id, err := d.Put(ctx, Snapshot{Files: []File{{Text: text}}})
		if err != nil {
			t.Fatal(err)
		}
		texts[id] = text
	}
	old := time.Now().Add(-30 * 24 * time.Hour).Truncate(time.Second)
	for id := range texts {
		if err := os.Chtimes(d.path(id), old, old); err != nil {
			t.Fatal(err)
		}
	}
	busy := filepath.Join(from, "aa", "1234"+temporary) // a write under way
	if err := errors.Join(os.MkdirAll(filepath.Dir(busy), 0o700), os.WriteFile(busy, nil, 0o600), os.WriteFile(filepath.Join(from, "notes.json"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	var made []string
	for range 2 {
		if n, err := Copy(ctx, from, to, func(path string) error { made = append(made, path); return nil }); n != 3 || err != nil {
			t.Errorf("copied %d, %v", n, err)
		}
	}
	if _, err := os.Stat(busy); err != nil {
		t.Errorf("a copy removes what is being written: %v", err)
	}
	dirs := map[string]bool{to: true}
	for id := range texts {
		dirs[filepath.Dir((&Dir{root: to}).path(id))] = true
	}
	if len(made) != len(texts)+len(dirs) {
		t.Errorf("made %q", made)
	}
	c, err := Open(to, Limits{Expire: 60 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range texts {
		if info, err := os.Stat(c.path(id)); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s has the time %v, %v, want %v", id, info.ModTime(), err, old)
		}
		if s, err := c.Get(ctx, id); err != nil || s.Files[0].Text != text {
			t.Errorf("%s: %+v, %v", id, s, err)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Copy(stopped, from, filepath.Join(root, "late"), nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// TestDeleteRemovesOneSnapshot beside a Dir that is open.
func TestDeleteRemovesOneSnapshot(t *testing.T) {
	t.Parallel()
	ctx, root := context.Background(), t.TempDir()
	d, err := Open(root, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Put(ctx, Snapshot{Files: []File{{Text: "gone"}}})
	if err != nil {
		t.Fatal(err)
	}
	stays, err := d.Put(ctx, Snapshot{Files: []File{{Text: "stays"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []ID{"", "../../etc/passwd", ID(strings.Repeat("0", 32)), ID(strings.Repeat("Z", 32))} {
		if err := Delete(root, wrong); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := Delete(root, id); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(ctx, id); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	if _, err := d.Get(ctx, stays); err != nil {
		t.Errorf("another one: %v", err)
	}
	if again, err := d.Put(ctx, Snapshot{Files: []File{{Text: "gone"}}}); err != nil || again != id {
		t.Errorf("made again: %q, %v", again, err)
	}
}
