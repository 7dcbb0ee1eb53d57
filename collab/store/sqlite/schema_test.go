package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// schema opens a file and applies the first n migrations. The caller closes the
// connection before it opens the file as a store.
func schema(t *testing.T, path string, n int) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxIdleConns(-1) // the file is closed with the connection
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), conn, migrations[:n]); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestMigrate: steps are applied once, in order, and all or none.
func TestMigrate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn := schema(t, filepath.Join(t.TempDir(), "db"), 0)
	steps := []string{"CREATE TABLE a (x); INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2)", "INSERT INTO a VALUES (3); BROKEN"}
	count := func(want, version int) {
		t.Helper()
		var n, v int
		if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM a").Scan(&n); err != nil || n != want {
			t.Errorf("%d rows, %v, want %d", n, err, want)
		}
		if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil || v != version {
			t.Errorf("version %d, %v, want %d", v, err, version)
		}
	}
	for _, n := range []int{1, 1, 2, 2} {
		if err := migrate(ctx, conn, steps[:n]); err != nil {
			t.Fatal(err)
		}
		count(n, n)
	}
	if err := migrate(ctx, conn, steps); err == nil {
		t.Error("a broken step passed")
	}
	count(2, 2)
	if err := migrate(ctx, conn, steps[:1]); err == nil {
		t.Error("a newer file was taken")
	}
}

// TestMigrateRuns: a file of the second schema opens, and its records are split
// into what lists need and the output; their sources were not kept.
func TestMigrateRuns(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "db")
	conn := schema(t, path, 2)
	for _, record := range []struct {
		id     string
		output []byte
	}{
		{"whole", []byte(`{"name":"Ada","options":{"mode":"debug"},"output":[{"run":"r","data":"aGk="}],"detail":{"n":1.50}}`)},
		{"silent", []byte(`{"name":"Bo"}`)},
		{"odd", []byte{0xff, 0}},
		{"null", []byte(`{"output":null}`)},
		{"word", []byte(`{"output":"hi"}`)},
	} {
		_, err := conn.ExecContext(ctx, `INSERT OR IGNORE INTO sessions (sid, id, epoch, head, oldest, created, edited) VALUES (1, 's', 'e', 0, 0, 0, 0);
			INSERT INTO runs (sid, id, version, by, started, ended, verdict, output) VALUES (1, ?, 3, 'p', 5, 6, 'ok', ?)`, record.id, record.output)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, want := range map[string][2]string{
		"whole":  {`{"name":"Ada","options":{"mode":"debug"},"detail":{"n":1.50}}`, `{"output":[{"run":"r","data":"aGk="}]}`},
		"silent": {`{"name":"Bo"}`, `{"output":[]}`},
		"odd":    {"", "\xff\x00"},
		"null":   {`{}`, `{"output":[]}`},
		"word":   {`{}`, `{"output":"hi"}`},
	} {
		r, err := s.Run(ctx, "s", id)
		if err != nil || string(r.About) != want[0] || string(r.Output) != want[1] || r.Source != nil || r.Version != 3 || r.Verdict != "ok" {
			t.Errorf("%s: %+v (about %q, output %q), %v", id, r, r.About, r.Output, err)
		}
	}
}

// TestMigrateFiles: a file of the fifth schema, which was killed with entries in its
// journal, opens; everything in it is of the main file, and entries of other files
// follow.
func TestMigrateFiles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "db")
	conn := schema(t, path, 5)
	insert := func(seq int) []byte {
		return fmt.Appendf(nil, `[%d,[0,"%d"]]`, seq, seq)
	}
	// A row of the journal as that schema wrote it: sid, first version and number;
	// of each record seq, at, client and changes.
	group := binary.AppendUvarint(nil, 1)
	group = binary.AppendUvarint(group, 3)
	group = binary.AppendUvarint(group, 2)
	for seq := 3; seq <= 4; seq++ {
		group = binary.AppendVarint(group, int64(seq))
		group = binary.AppendVarint(group, 1000)
		group = append(binary.AppendUvarint(group, 1), 'p')
		group = append(binary.AppendUvarint(group, uint64(len(insert(seq)))), insert(seq)...)
	}
	text, acked := []byte("x"), []byte(`{"p":{"seq":1,"version":1}}`)
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{"INSERT INTO sessions (sid, id, epoch, head, oldest, created, edited) VALUES (1, 's', 'e', 2, 1, 1000, 1000)", nil},
		{"INSERT INTO snapshots (sid, version, text, acked, sum) VALUES (1, 1, ?, ?, ?)", []any{text, acked, checksum([]int64{1}, text, acked)}},
		{"INSERT INTO entries (sid, version, client, seq, at, changes, sum) VALUES (1, 2, 'p', 2, 1000, ?, ?)", []any{insert(2), checksum([]int64{2, 2, 1000}, []byte("p"), insert(2))}},
		{"INSERT INTO journal (n, records, sum) VALUES (4, ?, ?)", []any{group, checksum([]int64{4}, group)}},
	} {
		if _, err := conn.ExecContext(ctx, s.sql, s.args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	changes, err := ot.New(0, ot.Edit{Insert: "y"})
	if err != nil {
		t.Fatal(err)
	}
	for opening := range 3 {
		s, err := Open(ctx, path, Config{})
		if err != nil {
			t.Fatal(err)
		}
		snap, err := s.Snapshot(ctx, "s")
		if err != nil || len(snap.Files) != 1 || snap.Files[0] != (wire.File{Path: "main.rs", Text: "x"}) || snap.Version != 1 || snap.Acked["p"].Seq != 1 {
			t.Errorf("opening %d: snapshot %+v, %v", opening, snap, err)
		}
		entries, err := store.Read(ctx, s, "s", "e", 1, 0)
		if err != nil || len(entries) != 3+opening {
			t.Fatalf("opening %d: entries %v, %v", opening, entries, err)
		}
		for i, e := range entries {
			want := wire.Entry{Client: "p", Seq: wire.Seq(i + 2)}
			if i >= 3 {
				want.File = wire.FileID(i)
			}
			if e.File != want.File || e.Client != want.Client || e.Seq != want.Seq {
				t.Errorf("opening %d: entry %d is %+v, want %+v", opening, i+2, e, want)
			}
		}
		e := wire.Entry{File: wire.FileID(len(entries)), Client: "p", Seq: wire.Seq(len(entries) + 2), Changes: changes}
		if err := openLog(t, s).Append(ctx, wire.Version(len(entries)+1), []wire.Entry{e}); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMigrateVocabulary: records of runs from before version 4 of the protocol have its
// words; what is no record stays as it is.
func TestMigrateVocabulary(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "db")
	conn := schema(t, path, 7)
	tests := map[string][2]string{
		"ended":  {`{"name":"Ada","stage":"run","detail":{"exit_code":3,"stages":[{"name":"compile","wall_ms":200.5,"cpu_ms":180.25,"peak_memory_bytes":1024},{"name":"run","wall_ms":0.001,"cpu_ms":0,"peak_memory_bytes":0}],"queued_ms":1.5}}`, `{"name":"Ada","stage":"run","detail":{"exit_code":3,"queued_ns":1500000,"stages":[{"name":"compile","exit_code":0,"usage":{"wall_ns":200500000,"cpu_ns":180250000,"peak_memory_bytes":1024}},{"name":"run","exit_code":0,"usage":{"wall_ns":1000,"cpu_ns":0,"peak_memory_bytes":0}}]}}`},
		"queued": {`{"stage":"queue 12","detail":{"message":"stopped"}}`, `{"stage":"queued","detail":{"message":"stopped"},"position":12}`},
		"failed": {`{"detail":{"error":"no box"}}`, `{"detail":{"message":"no box"}}`},
		"lost":   {`{"name":"Bo","stage":"compile"}`, `{"name":"Bo","stage":"compile"}`},
		"odd":    {"\xff", "\xff"},
		"word":   {`{"detail":{"stages":"run"}}`, `{"detail":{}}`},
		"words":  {`{"detail":{"stages":["run",{"name":"run","wall_ms":1,"cpu_ms":1,"peak_memory_bytes":0},3]}}`, `{"detail":{"stages":[{"name":"run","exit_code":0,"usage":{"wall_ns":1000000,"cpu_ns":1000000,"peak_memory_bytes":0}}]}}`},
		"empty":  {"", ""},
	}
	if _, err := conn.ExecContext(ctx, "INSERT INTO sessions (sid, id, epoch, head, oldest, created, edited) VALUES (1, 's', 'e', 0, 0, 0, 0)"); err != nil {
		t.Fatal(err)
	}
	for id, about := range tests {
		_, err := conn.ExecContext(ctx, "INSERT INTO runs (sid, id, version, by, started, ended, verdict, output, about) VALUES (1, ?, 3, 'p', 5, 6, 'ok', x'', ?)", id, []byte(about[0]))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, about := range tests {
		if r, err := s.Run(ctx, "s", id); err != nil || string(r.About) != about[1] {
			t.Errorf("%s: %s, %v\nwant %s", id, r.About, err, about[1])
		}
	}
}
