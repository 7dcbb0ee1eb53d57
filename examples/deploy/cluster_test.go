package deploy

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/pgtest"
	"github.com/corust-dev/corust/internal/test/testaddr"
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
	bus, front := testaddr.Free(t), testaddr.Free(t)
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
	nodes := []string{testaddr.Free(t), testaddr.Free(t)}
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
	s := site{T: t, url: "http://" + front}
	for _, node := range nodes {
		site{T: t, url: "http://" + node}.ready()
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
	site{T: t, url: "http://" + nodes[0]}.ready()
	well("the node is back")
	running[1].kill()
	well("the other node is killed")
	broker.kill()
	startBus()
	workers[0] = startWorker()
	well("the bus was killed and is back")
}

// What docs/operations.md says to type starts a cluster: a session that one node makes runs by
// way of the other.
func TestCommandsOfACluster(t *testing.T) {
	corust := program(t)
	have(t, "nats-server")
	if out, err := command(t, nil, corust, "doctor"); err != nil {
		t.Skipf("no boxes here that hold every limit: %s", out)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "### Try a cluster on one machine")
	_, rest, _ = strings.Cut(rest, "```sh\nexport ")
	commands, _, _ := strings.Cut(rest, "```")
	database := pgtest.Schema(t, pgtest.New(t, "").URL())
	bus, nodes := testaddr.Free(t), []string{testaddr.Free(t), testaddr.Free(t)}
	for old, to := range map[string]string{
		"postgres:///corust?host=/var/run/postgresql": database, "127.0.0.1:4222": bus, "127.0.0.1:8081": nodes[0], "127.0.0.1:8082": nodes[1], "corust serve": corust + " serve", "corust worker": corust + " worker",
	} {
		if !strings.Contains(commands, old) {
			t.Fatalf("docs/operations.md has no %q in its commands", old)
		}
		commands = strings.ReplaceAll(commands, old, to)
	}
	host, port, _ := strings.Cut(bus, ":")
	start(t, nil, "nats-server", "-a", host, "-p", port)
	start(t, []string{"CORUST_POOL_WARM=1"}, "bash", "-c", "trap 'kill $(jobs -p); wait' EXIT\nexport "+commands+"\nwait")
	for _, node := range nodes {
		site{T: t, url: "http://" + node}.ready()
	}
	token := site{T: t, url: "http://" + nodes[0]}.session(`fn main() { println!("together") }`)
	site{T: t, url: "http://" + nodes[1]}.ok(token, "by way of the other node")
}

// documents reads a file of YAML.
func documents(t *testing.T, name string) (all []map[string]any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := yaml.NewDecoder(f); ; {
		var doc map[string]any
		switch err := d.Decode(&doc); {
		case err == io.EOF:
			return all
		case err != nil || len(doc) == 0:
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, doc)
	}
}

// at follows keys into a document; it returns nil where there is nothing.
func at(doc any, keys ...string) any {
	for _, key := range keys {
		m, _ := doc.(map[string]any)
		doc = m[key]
	}
	return doc
}

func list(doc any, keys ...string) []any {
	l, _ := at(doc, keys...).([]any)
	return l
}

// takes checks that corust takes a command line and the names of its environment.
func takes(t *testing.T, corust string, args []any, env map[string]bool) {
	t.Helper()
	if len(args) == 0 {
		t.Error("a container has no command")
		return
	}
	help := must(t, nil, corust, fmt.Sprint(args[0]), "--help")
	for _, arg := range args[1:] {
		if flag := fmt.Sprint(arg); strings.HasPrefix(flag, "--") && !strings.Contains(help, flag+" ") {
			t.Errorf("corust %s has no flag %s", args[0], flag)
		}
	}
	for name := range env {
		if !strings.HasPrefix(name, "CORUST_") {
			continue
		}
		if out, _ := command(t, []string{name + "=x"}, corust, "cache", "show"); strings.Contains(out, "unknown variable") {
			t.Error(out)
		}
	}
}

// TestCompose checks the form of the file that no test starts, and that corust takes what it
// is given there.
func TestCompose(t *testing.T) {
	corust := program(t)
	doc := documents(t, "cluster/compose.yaml")[0]
	services := at(doc, "services").(map[string]any)
	for name, service := range services {
		for _, on := range list(service, "depends_on") {
			if services[on.(string)] == nil {
				t.Errorf("%s depends on %v, which is not there", name, on)
			}
		}
		if at(service, "image") == "corust/server:native" {
			env := map[string]bool{}
			given, _ := at(service, "environment").(map[string]any)
			for key := range given {
				env[key] = true
			}
			takes(t, corust, list(service, "command"), env)
		}
	}
	if at(services["node1"], "entrypoint") == nil {
		t.Error("a node has the entrypoint of the image, which needs the rights of a worker")
	}
}

// TestKubernetes checks the manifests' references to each other and to corust.
func TestKubernetes(t *testing.T) {
	corust := program(t)
	pods, ports, services := map[string]map[string]any{}, map[string]bool{}, map[string]bool{}
	all := documents(t, "cluster/kubernetes.yaml")
	for _, doc := range all {
		name := fmt.Sprint(at(doc, "metadata", "name"))
		if at(doc, "apiVersion") == nil || at(doc, "kind") == nil || name == "" {
			t.Errorf("%v %s has no version or no kind", at(doc, "kind"), name)
		}
		switch at(doc, "kind") {
		case "Service":
			services[name] = true
		case "Deployment":
			labels := at(doc, "spec", "template", "metadata", "labels").(map[string]any)
			if want := at(doc, "spec", "selector", "matchLabels"); !reflect.DeepEqual(want, labels) {
				t.Errorf("%s selects %v of pods with %v", name, want, labels)
			}
			pods[fmt.Sprint(labels)] = labels
			for _, c := range list(doc, "spec", "template", "spec", "containers") {
				env := map[string]bool{}
				for _, e := range list(c, "env") {
					env[fmt.Sprint(at(e, "name"))] = true
				}
				if at(c, "image") == "corust/server:native" {
					takes(t, corust, list(c, "args"), env)
				}
				for _, p := range list(c, "ports") {
					ports[fmt.Sprint(at(p, "name"))] = true
				}
				if at(c, "securityContext", "privileged") == true && at(doc, "spec", "template", "spec", "nodeSelector") == nil {
					t.Errorf("%s is privileged on machines that others use", name)
				}
				for _, probe := range []string{"readinessProbe", "livenessProbe"} {
					if port := at(c, probe, "httpGet", "port"); port != nil && !ports[fmt.Sprint(port)] {
						t.Errorf("%s: the %s asks the port %v", name, probe, port)
					}
				}
			}
		}
	}
	for _, doc := range all {
		spec, name := at(doc, "spec"), at(doc, "metadata", "name")
		var selected any
		switch at(doc, "kind") {
		case "Service":
			selected = at(spec, "selector")
		case "PodDisruptionBudget":
			selected = at(spec, "selector", "matchLabels")
		case "NetworkPolicy":
			selected = at(spec, "podSelector", "matchLabels")
		default:
			continue
		}
		if pods[fmt.Sprint(selected)] == nil {
			t.Errorf("%v %v selects no pod: %v", at(doc, "kind"), name, selected)
		}
		for _, p := range list(spec, "ports") {
			if target := at(p, "targetPort"); at(doc, "kind") == "Service" && !ports[fmt.Sprint(target)] {
				t.Errorf("%v leads to the port %v", name, target)
			}
		}
	}
	text, err := os.ReadFile("cluster/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`nats://([a-z]+):`).FindAllStringSubmatch(string(text), -1) {
		if !services[m[1]] {
			t.Errorf("%s names no service", m[0])
		}
	}
}

// TestMetricsOfAlertsAndDashboard asks a server for each metric that the files name.
func TestMetricsOfAlertsAndDashboard(t *testing.T) {
	corust := program(t)
	if out, err := command(t, nil, corust, "doctor"); err != nil {
		t.Skipf("no boxes here that hold every limit: %s", out)
	}
	at, metrics := testaddr.Free(t), testaddr.Free(t)
	start(t, []string{"CORUST_SERVE_METRICS_LISTEN=" + metrics}, corust, "serve", "--listen", at, "--database", "memory")
	s := site{T: t, url: "http://" + at}
	s.ready()
	s.ok(s.session(hello), "to be counted")
	req, err := http.NewRequest(http.MethodGet, s.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "refused.example"
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
	}
	res, err := http.Get("http://" + metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	exprs := map[string][]string{}
	for _, group := range list(documents(t, "cluster/alerts.yaml")[0], "groups") {
		for _, rule := range list(group, "rules") {
			exprs["alerts.yaml"] = append(exprs["alerts.yaml"], rule.(map[string]any)["expr"].(string))
		}
	}
	var board struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	data, err := os.ReadFile("cluster/dashboard.json")
	if err == nil {
		err = json.Unmarshal(data, &board)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			exprs["dashboard.json"] = append(exprs["dashboard.json"], target.Expr)
		}
	}
	name := regexp.MustCompile(`\b(?:corust|process|go)_[a-z_]+\b`)
	for file, list := range exprs {
		found := 0
		for _, expr := range list {
			for _, metric := range name.FindAllString(expr, -1) {
				found++
				if !regexp.MustCompile(`(?m)^` + metric + `[ {]`).Match(page) {
					t.Errorf("%s: a server has no %s", file, metric)
				}
			}
		}
		if found < 4 {
			t.Errorf("%s: %d metrics are named: this test looks in the wrong place", file, found)
		}
	}
}

// TestRules lets Prometheus read the rules.
func TestRules(t *testing.T) {
	have(t, "promtool") // scripts/setup rules
	must(t, nil, "promtool", "check", "rules", "cluster/alerts.yaml")
}
