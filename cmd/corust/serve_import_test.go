package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/wire"
)

// longArchive is an archive whose log is longer than an address may send at once: each of
// its n entries replaces the text.
func longArchive(t *testing.T, n int) []byte {
	t.Helper()
	text := func(v wire.Version) string { return fmt.Sprintf("%04d%s", v%10000, strings.Repeat("x", 996)) }
	from := archive.Session{
		History: wire.PastVersions{Epoch: "e", Version: wire.Version(n)},
		FilesAt: func(v wire.Version) (wire.PastFiles, error) {
			return wire.PastFiles{Epoch: "e", Version: v, Files: wire.MainText(text(v))}, nil
		},
		Entries: func(after wire.Version) (p wire.PastEntries, err error) {
			e := &wire.EntryMsg{Version: after + 1, Client: "p.a", Seq: wire.Seq(after + 1)}
			err = e.Changes.UnmarshalJSON([]byte(`[[1000,"` + text(after+1) + `"]]`))
			return wire.PastEntries{Entries: []*wire.EntryMsg{e}, Times: []int64{int64(after + 1)}}, err
		},
	}
	var b bytes.Buffer
	if err := archive.Write(&b, from, time.Now()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKilledImportLeavesNothing: a server that is killed while it writes an imported session
// has no such session afterwards.
func TestKilledImportLeavesNothing(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	db := filepath.Join(t.TempDir(), "sessions.db")
	limits := []string{"CORUST_SERVE_HISTORY=all", "CORUST_SERVE_ADDRESS_BYTES=8MiB"}
	s := startServe(t, db, limits...)
	kept := s.page("fn main() {}")
	data := longArchive(t, 20_000)
	done := make(chan error, 1)
	go func() {
		res, err := http.Post(s.url+"/api/v1/sessions", "application/zip", bytes.NewReader(data))
		if err == nil {
			res.Body.Close()
			err = fmt.Errorf("it answers %s", res.Status)
		}
		done <- err
	}()
	// It stops where its address may send no more, after some of the log is on disk.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		size := int64(0)
		for _, name := range []string{db, db + "-wal"} {
			if i, err := os.Stat(name); err == nil {
				size += i.Size()
			}
		}
		if size > 4<<20 {
			break
		}
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the database has %d bytes after a minute", size)
		}
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()
	if err := <-done; err == nil || strings.Contains(err.Error(), "answers") {
		t.Errorf("the import: %v, want a connection that ends", err)
	}
	left := func() (drafts, entries int) {
		t.Helper()
		opened, err := sqlite.Open(t.Context(), db, sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		all, err := opened.Expired(t.Context(), time.Now().Add(time.Hour), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range all {
			if store.IsDraft(i.ID) {
				drafts, entries = drafts+1, entries+int(i.Head)
			} else if kept := kept.token; i.Head > 0 {
				t.Errorf("a session with %d entries beside that of %s", i.Head, kept)
			}
		}
		return drafts, entries
	}
	if drafts, entries := left(); drafts != 1 || entries < 1000 || entries >= 20_000 {
		t.Errorf("the kill left %d drafts of %d entries, want one that is not whole", drafts, entries)
	}
	s = startServe(t, db, limits...)
	if status := s.do("GET", "/api/v1/sessions/"+kept.token+"/text", "", nil); status != http.StatusOK {
		t.Errorf("the session that was there: status %d", status)
	}
	s.stop()
	if drafts, entries := left(); drafts != 0 {
		t.Errorf("after a restart: %d drafts of %d entries", drafts, entries)
	}
}
