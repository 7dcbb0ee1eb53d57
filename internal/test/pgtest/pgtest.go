// Package pgtest starts PostgreSQL servers for tests: the programs of the machine, in a
// directory of the test, on a port of loopback.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server in a temporary directory.
type Server struct {
	bin, dir string
	port     int
	as       *syscall.SysProcAttr // with the user postgres if this is root, which the server refuses
	guard    *exec.Cmd            // removes the server when stdin closes
	stdin    io.Closer            // of guard
}

// ErrMissing is returned by Start on a machine that cannot run PostgreSQL.
var ErrMissing = errors.New("there is no PostgreSQL server (scripts/setup postgres)")

// binaries returns the directory of PostgreSQL's programs, which Debian keeps out of PATH.
func binaries() (string, error) {
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(all) > 0 {
		return filepath.Dir(slices.Max(all)), nil
	}
	path, err := exec.LookPath("initdb")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", ErrMissing
	}
	return filepath.Dir(path), nil
}

// Start makes a server; given the URL of a primary, a standby that follows it. The caller
// removes it. When the caller's process ends without that, also by a panic or a signal, the
// server is removed, too.
func Start(primary string) (*Server, error) { return StartIn("", primary) }

// StartIn is Start with the directory that holds the server's; "" is that of the system's
// temporary files.
func StartIn(parent, primary string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	as, err := account()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "corust-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, as: as}
	if err := s.make(primary); err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

func (s *Server) make(primary string) (err error) {
	if err := give(s.dir, s.as); err != nil {
		return err
	}
	if err := s.startGuard(); err != nil {
		return err
	}
	if primary == "" {
		err = s.run("initdb", "-D", s.data(), "-U", "corust", "-A", "trust", "-E", "UTF8", "--no-sync")
	} else {
		err = s.run("pg_basebackup", "-D", s.data(), "-d", primary, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	}
	if err != nil {
		return err
	}
	// Another process may take the port before the server has it.
	for try := 1; ; try++ {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		s.port = l.Addr().(*net.TCPAddr).Port
		l.Close()
		if err := s.Start(); err == nil || try == 3 {
			return err
		}
	}
}

// startGuard starts a process that waits until its standard input closes, and then ends the
// server and deletes its directory.
func (s *Server) startGuard() error {
	cmd := exec.Command("sh", "-c", `read -r _; "$0" -D "$1/data" -w -m immediate stop; rm -rf "$1"`, filepath.Join(s.bin, "pg_ctl"), s.dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = apart(s.as)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.guard, s.stdin = cmd, stdin
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// URL connects to the server.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://corust@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// At returns the URL of the same database and schema on this server.
func (s *Server) At(database string) string {
	u, err := url.Parse(database)
	if err != nil {
		panic(err) // it came from here
	}
	u.Host = fmt.Sprintf("127.0.0.1:%d", s.port)
	return u.String()
}

func (s *Server) run(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = s.as
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // a server keeps the pipe open
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 0 {
		return fmt.Errorf("%s: %w\n%s", name, err, out.Bytes())
	}
	return nil
}

// Start starts a server that is stopped. It keeps enough of its log for a standby that was away.
func (s *Server) Start() error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=300 -c wal_keep_size=192MB", s.port, s.dir)
	return s.run("pg_ctl", "-D", s.data(), "-w", "-t", "60", "-l", filepath.Join(s.dir, "log"), "-o", options, "start")
}

// Stop ends the server: "fast", or "immediate" as a crash does.
func (s *Server) Stop(mode string) error {
	return s.run("pg_ctl", "-D", s.data(), "-w", "-m", mode, "stop")
}

// Running reports whether the server runs.
func (s *Server) Running() bool { return s.run("pg_ctl", "-D", s.data(), "status") == nil }

// Promote makes a standby a primary.
func (s *Server) Promote() error { return s.run("pg_ctl", "-D", s.data(), "-w", "promote") }

// FillLog begins new files of the write-ahead log until the server has no room for another,
// and ends, as it does then. It fails the test if the server goes on.
func (s *Server) FillLog(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL())
	if err == nil {
		defer func() { _ = conn.Close(context.Background()) }()
	}
	for n := 0; err == nil && n < 1000; n++ { // more than max_wal_size
		// A file that is empty would not be replaced.
		_, err = conn.Exec(ctx, "SET synchronous_commit = local; SELECT pg_logical_emit_message(true, 'corust', 'x'); SELECT pg_switch_wal()")
	}
	if err == nil || ctx.Err() != nil {
		t.Errorf("the log of a server on a full disk: %v", err)
	}
}

// Remove ends the server and deletes it.
func (s *Server) Remove() {
	if s.guard != nil {
		s.stdin.Close()
		_ = s.guard.Wait() // its status says whether the server ran
	}
	os.RemoveAll(s.dir) // if there was no guard
}

// New starts a server for one test, or skips the test where there is no PostgreSQL.
func New(t *testing.T, primary string) *Server {
	t.Helper()
	return NewIn(t, "", primary)
}

// NewIn is New with the directory that holds the server's.
func NewIn(t *testing.T, parent, primary string) *Server {
	t.Helper()
	s, err := StartIn(parent, primary)
	switch {
	case errors.Is(err, ErrMissing):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(s.Remove)
	return s
}

var made atomic.Int64

// Schema makes an empty schema in a server and returns a URL to it.
func Schema(t testing.TB, server string) string {
	t.Helper()
	name := fmt.Sprintf("corust_test_%d_%d", os.Getpid(), made.Add(1))
	Exec(t, server, "CREATE SCHEMA "+name)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Exec executes statements.
func Exec(t testing.TB, database string, sql ...string) {
	t.Helper()
	conn := connect(t, database)
	defer conn.Close(context.Background())
	for _, s := range sql {
		if _, err := conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", strings.TrimSpace(s), err)
		}
	}
}

// Query returns the text that a query answers with.
func Query(t testing.TB, database, sql string) (text string) {
	t.Helper()
	conn := connect(t, database)
	defer conn.Close(context.Background())
	if err := conn.QueryRow(context.Background(), sql).Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// HoldRows locks the rows of a table until free is called.
func HoldRows(t testing.TB, database, table string) (free func()) {
	t.Helper()
	conn := connect(t, database)
	t.Cleanup(func() { conn.Close(context.Background()) })
	exec := func(sql string) {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("BEGIN")
	exec("SELECT 1 FROM " + table + " FOR UPDATE")
	return func() { exec("ROLLBACK") }
}
