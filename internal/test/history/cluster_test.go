package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/pgtest"
	"github.com/corust-dev/corust/internal/test/testaddr"
)

// part is a process of the cluster, which may be started again.
type part struct {
	t    *testing.T
	name string
	args []string
	env  []string
	log  safeBuffer

	cmd *exec.Cmd
}

// safeBuffer is what a part prints, in all its lives.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// environ is the test's environment, without what configures corust.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "CORUST_") })
}

func (p *part) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Env = append(environ(), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

func (p *part) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *part) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// cluster is two nodes, two workers, a synchronous pair of databases and a bus. Between any
// two of them is a relay.
type cluster struct {
	t                *testing.T
	disk             disk // of the databases
	primary, standby *pgtest.Server
	database         string // the URL of the schema, at the first primary
	urls             []string
	nodes, workers   []*part
	bus              *part
	toDatabase       []*relay // of each node
	toBus            []*relay // of each node, then of each worker
	toNode           []*relay // by which the other node reaches it
}

// hostOf returns the address in a URL.
func hostOf(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// synchronous waits until a standby follows a primary, which waits for it at each commit. Once
// promoted, the standby waits for one, too: otherwise sessions that are opened before it has one
// would get a new epoch with the next promotion.
func synchronous(t *testing.T, d disk, primary *pgtest.Server) *pgtest.Server {
	t.Helper()
	pgtest.Exec(t, primary.URL(), "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	standby := pgtest.NewIn(t, string(d), primary.URL()+"&application_name=standby")
	until(t, time.Minute, "the standby is synchronous", func() bool {
		return pgtest.Query(t, primary.URL(), "SELECT count(*)::text FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
	})
	return standby
}

// until waits for a condition.
func until(t *testing.T, at time.Duration, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(at); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v until %s", at, what)
		}
	}
}

// startCluster starts everything, or skips the test with the reason.
func startCluster(t *testing.T) *cluster {
	if _, err := exec.LookPath("nats-server"); err != nil {
		t.Skip("there is no nats-server (scripts/setup bus)")
	}
	corust := filepath.Join(t.TempDir(), "corust")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", corust, "./cmd/corust")
	build.Dir, build.Env = "../../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build corust: %v: %s", err, out)
	}
	doctor := exec.Command(corust, "doctor")
	doctor.Env = environ()
	if out, err := doctor.CombinedOutput(); err != nil {
		t.Skipf("no boxes here that hold every limit: %s", out)
	}
	c := &cluster{t: t, disk: newDisk(t)}
	c.primary = pgtest.NewIn(t, string(c.disk), "")
	c.database = pgtest.Schema(t, c.primary.URL())
	c.standby = synchronous(t, c.disk, c.primary)
	busAddr := testaddr.Free(t)
	_, port, _ := net.SplitHostPort(busAddr)
	c.bus = c.part("bus", nil, "nats-server", "-a", "127.0.0.1", "-p", port)
	until(t, time.Minute, "the bus answers", func() bool {
		conn, err := net.Dial("tcp", busAddr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	toBus := func() string {
		r := newRelay(t, busAddr)
		c.toBus = append(c.toBus, r)
		return "nats://" + r.addr
	}
	for i := range 2 {
		addr := testaddr.Free(t)
		db, peer := newRelay(t, hostOf(t, c.database)), newRelay(t, addr)
		c.toDatabase, c.toNode = append(c.toDatabase, db), append(c.toNode, peer)
		c.urls = append(c.urls, "http://"+addr)
		c.nodes = append(c.nodes, c.part(fmt.Sprint("node ", i), []string{
			"CORUST_SERVE_DATABASE=" + strings.Replace(c.database, hostOf(t, c.database), db.addr, 1),
			"CORUST_CLUSTER_ADDRESS=http://" + peer.addr, "CORUST_CLUSTER_SECRET=sixteen or more characters", "CORUST_CLUSTER_BUS=" + toBus(),
			"CORUST_SERVE_ADDRESS_CONNECTIONS=10000", "CORUST_SERVE_ADDRESS_REQUESTS=1000000", "CORUST_SERVE_ADDRESS_RUNS=1000000", "CORUST_SERVE_ADDRESS_SESSIONS=1000000",
		}, corust, "serve", "--listen", addr))
	}
	for i := range 2 {
		c.workers = append(c.workers, c.part(fmt.Sprint("worker ", i), []string{"CORUST_POOL_WARM=1", "CORUST_POOL_BOXES=2"}, corust, "worker", "--backend", "native", "--bus", toBus()))
	}
	for i := range c.nodes {
		c.ready(i)
	}
	return c
}

// part starts a process that ends with the test.
func (c *cluster) part(name string, env []string, args ...string) *part {
	p := &part{t: c.t, name: name, env: env, args: args}
	p.start()
	c.t.Cleanup(func() {
		p.signal(syscall.SIGCONT)
		p.kill()
		if c.t.Failed() {
			log := p.log.String()
			c.t.Logf("%s:\n%s", name, log[max(0, len(log)-8000):])
		}
	})
	return p
}

func (c *cluster) ready(node int) {
	c.t.Helper()
	until(c.t, time.Minute, fmt.Sprintf("node %d is ready", node), func() bool {
		res, err := http.Get(c.urls[node] + "/readyz")
		if err == nil {
			res.Body.Close()
		}
		return err == nil && res.StatusCode == http.StatusOK
	})
}

// session makes a session and returns its id and the path to edit it.
func (c *cluster) session(node int, source string) (id, edit string) {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"source": source})
	if err != nil {
		c.t.Fatal(err)
	}
	until(c.t, time.Minute, "a session is made", func() bool {
		res, err := http.Post(c.urls[node]+"/api/v1/sessions", "application/json", bytes.NewReader(body))
		if err != nil {
			return false
		}
		defer res.Body.Close()
		var made struct{ Session, Edit string }
		err = json.NewDecoder(res.Body).Decode(&made)
		id, edit = made.Session, made.Edit
		return err == nil && edit != ""
	})
	return id, edit
}

// failOver kills the primary and promotes its standby, then makes another standby.
func (c *cluster) failOver() {
	c.t.Helper()
	old := c.primary
	if err := errors.Join(old.Stop("immediate"), c.standby.Promote()); err != nil {
		c.t.Fatal(err)
	}
	c.primary = c.standby
	c.database = c.primary.At(c.database)
	for _, r := range c.toDatabase {
		r.aim(hostOf(c.t, c.database))
	}
	c.standby = synchronous(c.t, c.disk, c.primary)
	old.Remove()
}
