package deploy

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/pgtest"
	"go.yaml.in/yaml/v3"
)

// TestCluster starts two nodes, two workers, the database, the bus and the balancer from the
// files of cluster, and kills one after the other.
func TestCluster(t *testing.T) {
	corust := program(t)
	have(t, "nginx")
	have(t, "nats-server")
	if out, err := command(t, nil, corust, "doctor"); err != nil {
		t.Skipf("no boxes here that hold every limit: %s", out)
	}
	dir := t.TempDir()
	database := pgtest.Schema(t, pgtest.New(t, "").URL())
	bus, front := freeAddress(t), freeAddress(t)
	host, port, _ := strings.Cut(bus, ":")
	startBus := func() *part {
		p := start(t, nil, "nats-server", "-a", host, "-p", port)
		for range 500 {
			if c, err := net.Dial("tcp", bus); err == nil {
				c.Close()
				return p
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatal("the bus does not answer")
		return nil
	}
	broker := startBus()
	nodes := []string{freeAddress(t), freeAddress(t)}
	startNode := func(i int) *part {
		name := fmt.Sprintf("%s/node%d.toml", dir, i)
		text := replaced(t, "cluster/node.toml", `":8080"`, `"`+nodes[i]+`"`, `"127.0.0.1:9100"`, `"127.0.0.1:0"`, "corust.example.org", "localhost",
			"10.0.0.10", "127.0.0.1", "postgres://corust@10.0.0.4/corust", database, "10.0.0.1:8080", nodes[i], "10.0.0.3:4222", bus)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return start(t, nil, corust, "serve", "--config", name)
	}
	startWorker := func() *part {
		return start(t, []string{"CORUST_POOL_WARM=1"}, corust, "worker", "--backend", "native", "--bus", "nats://"+bus)
	}
	running := []*part{startNode(0), startNode(1)}
	workers := []*part{startWorker(), startWorker()}
	block := replaced(t, "cluster/nginx.conf", "listen 80;", "listen "+front+";", "10.0.0.1:8080", nodes[0], "10.0.0.2:8080", nodes[1])
	startNginx(t, dir, block)
	s := site{t, "http://" + front}
	for _, node := range nodes {
		site{t, "http://" + node}.ready()
	}
	s.page()
	var tokens []string
	for range 6 { // on both nodes
		tokens = append(tokens, s.session(hello))
	}
	// well waits until every session can be read and run; nothing is lost meanwhile.
	well := func(when string) {
		t.Helper()
		began := time.Now()
		for _, token := range tokens {
			deadline := time.Now().Add(30 * time.Second)
			for {
				res, err := http.Get(s.url + "/api/v1/sessions/" + token + "/text")
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					if string(text) != hello {
						t.Fatalf("%s: the text is %q", when, text)
					}
					if got := s.run(token, nil); strings.Contains(got, `"verdict":"ok"`) {
						break
					}
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: session %s answers %s, and a run: %s", when, token[:4], res.Status, s.run(token, nil))
				}
				time.Sleep(200 * time.Millisecond)
			}
		}
		t.Logf("%s: %d sessions are well after %v", when, len(tokens), time.Since(began).Round(100*time.Millisecond))
	}
	well("at first")
	workers[0].kill()
	well("a worker is killed")
	running[0].kill()
	well("a node is killed")
	running[0] = startNode(0)
	site{t, "http://" + nodes[0]}.ready()
	well("the node is back")
	running[1].kill()
	well("the other node is killed")
	broker.kill()
	broker = startBus()
	workers[0] = startWorker()
	well("the bus was killed and is back")
}

// TestClusterFiles checks the form of files that no test starts.
func TestClusterFiles(t *testing.T) {
	for _, name := range []string{"cluster/compose.yaml", "cluster/alerts.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := yaml.Unmarshal(data, &v); err != nil || len(v) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
