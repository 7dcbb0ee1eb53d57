package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL server of the tests: the one that CORUST_TEST_POSTGRES names, or
// one that they start.
var cluster struct {
	url  string
	skip string // why there is none
	made atomic.Int64
}

func TestMain(m *testing.M) {
	code := func() int {
		if cluster.url = os.Getenv("CORUST_TEST_POSTGRES"); cluster.url != "" {
			return m.Run()
		}
		s, err := startServer("")
		if err != nil {
			cluster.skip = err.Error()
			return m.Run()
		}
		defer s.remove()
		cluster.url = s.url()
		return m.Run()
	}()
	os.Exit(code)
}

// server is a PostgreSQL server in a directory of its own.
type server struct {
	bin, dir string
	port     int
	as       *syscall.Credential // not root, whom it refuses
}

// binaries returns the directory of PostgreSQL's programs. Debian has them in none of PATH.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(all) == 0 {
		return "", fmt.Errorf("there is no PostgreSQL server (scripts/setup postgres)")
	}
	return slices.Max(all), nil
}

// startServer makes a server, and a copy of a primary if it is given one's URL.
func startServer(primary string) (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "corust-postgres-")
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, dir: dir}
	if os.Getuid() == 0 {
		nobody, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	if primary == "" {
		err = s.run("initdb", "-D", s.data(), "-U", "corust", "-A", "trust", "-E", "UTF8", "--no-sync")
	} else {
		err = s.run("pg_basebackup", "-D", s.data(), "-d", primary, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	}
	if err == nil {
		err = s.start()
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

func (s *server) url() string {
	return fmt.Sprintf("postgres://corust@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

func (s *server) run(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // the server keeps the pipe
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 0 {
		return fmt.Errorf("%s: %w\n%s", name, err, out.Bytes())
	}
	return nil
}

func (s *server) start() error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=300", s.port, s.dir)
	return s.run("pg_ctl", "-D", s.data(), "-w", "-t", "60", "-l", filepath.Join(s.dir, "log"), "-o", options, "start")
}

// stop ends the server: "fast", or "immediate" as a crash does.
func (s *server) stop(mode string) error {
	return s.run("pg_ctl", "-D", s.data(), "-w", "-m", mode, "stop")
}

func (s *server) remove() {
	s.stop("immediate")
	os.RemoveAll(s.dir)
}

// newServer starts a server for one test.
func newServer(t *testing.T, primary string) *server {
	t.Helper()
	if cluster.skip != "" {
		t.Skip(cluster.skip)
	}
	s, err := startServer(primary)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(s.remove)
	return s
}

// database makes a schema in the tests' server and returns a URL to it.
func database(t testing.TB) string {
	t.Helper()
	if cluster.skip != "" {
		t.Skip(cluster.skip)
	}
	return schema(t, cluster.url)
}

func schema(t testing.TB, at string) string {
	t.Helper()
	name := fmt.Sprintf("corust_test_%d_%d", os.Getpid(), cluster.made.Add(1))
	admin(t, at, "CREATE SCHEMA "+name)
	if at == cluster.url {
		t.Cleanup(func() { admin(t, at, "DROP SCHEMA "+name+" CASCADE") })
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// admin executes statements outside of the store.
func admin(t testing.TB, at string, sql ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, s := range sql {
		if _, err := conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", strings.TrimSpace(s), err)
		}
	}
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

// holdRow locks all rows of sessions until free is called.
func holdRow(t *testing.T, db string) (free func()) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	for _, sql := range []string{"BEGIN", "SELECT sid FROM sessions FOR UPDATE"} {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if _, err := conn.Exec(context.Background(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
}

// query returns a text that the database answers with.
func query(t *testing.T, at, sql string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(context.Background(), sql).Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// at returns the URL of the same schema on another server.
func at(t *testing.T, db string, s *server) string {
	t.Helper()
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = fmt.Sprintf("127.0.0.1:%d", s.port)
	return u.String()
}
