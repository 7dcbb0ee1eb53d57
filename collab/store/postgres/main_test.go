package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/internal/test/pgtest"
)

// server is what the tests share, or why there is none.
var (
	server  string
	noneFor string
)

func TestMain(m *testing.M) {
	s, err := pgtest.Start("")
	switch {
	case errors.Is(err, pgtest.ErrMissing):
		noneFor = err.Error()
		os.Exit(m.Run())
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = s.URL()
	code := m.Run()
	s.Remove()
	os.Exit(code)
}

// database makes an empty database of one test.
func database(t testing.TB) string {
	t.Helper()
	if noneFor != "" {
		t.Skip(noneFor)
	}
	return pgtest.Schema(t, server)
}

func open(t testing.TB, database string, cfg postgres.Config) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), database, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
