package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
)

// TestMigrate: steps are applied once, in order, and all or none.
func TestMigrate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "db")))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
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
	old, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	conn, err := old.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(ctx, conn, migrations[:2]); err != nil {
		t.Fatal(err)
	}
	for _, record := range []struct {
		id     string
		output []byte
	}{
		{"whole", []byte(`{"name":"Ada","options":{"mode":"debug"},"output":[{"run":"r","data":"aGk="}],"detail":{"n":1.50}}`)},
		{"silent", []byte(`{"name":"Bo"}`)},
		{"odd", []byte{0xff, 0}},
	} {
		_, err := conn.ExecContext(ctx, `INSERT OR IGNORE INTO sessions (sid, id, epoch, head, oldest, created, edited) VALUES (1, 's', 'e', 0, 0, 0, 0);
			INSERT INTO runs (sid, id, version, by, started, ended, verdict, output) VALUES (1, ?, 3, 'p', 5, 6, 'ok', ?)`, record.id, record.output)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(conn.Close(), old.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSQLite(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, want := range map[string][2]string{
		"whole":  {`{"name":"Ada","options":{"mode":"debug"},"detail":{"n":1.50}}`, `{"output":[{"run":"r","data":"aGk="}]}`},
		"silent": {`{"name":"Bo"}`, `{"output":[]}`},
		"odd":    {"", "\xff\x00"},
	} {
		r, err := s.Run(ctx, "s", id)
		if err != nil || string(r.About) != want[0] || string(r.Output) != want[1] || r.Source != nil || r.Version != 3 || r.Verdict != "ok" {
			t.Errorf("%s: %+v (about %q, output %q), %v", id, r, r.About, r.Output, err)
		}
	}
}
