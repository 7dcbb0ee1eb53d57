package store

import (
	"context"
	"database/sql"
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
