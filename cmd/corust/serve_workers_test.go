package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/internal/test/testaddr"
)

// needBusAndBoxes skips a test of workers where there is no broker or no native box.
func needBusAndBoxes(t *testing.T) {
	t.Helper()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	if _, err := exec.LookPath("nats-server"); err != nil {
		t.Skip("there is no nats-server (scripts/setup bus)")
	}
}

// natsServer starts a broker with the lines of a configuration. What it returns kills it.
func natsServer(t *testing.T, addr string, config ...string) (kill func()) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(file, []byte(strings.Join(config, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nats-server", "-a", host, "-p", port, "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	for range 500 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return kill
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the broker does not answer")
	return nil
}

// startWorker starts a corust worker and waits until it takes runs.
func startWorker(t *testing.T, bus string) *exec.Cmd {
	t.Helper()
	return startCorust(t, []string{"worker", "--backend", "native", "--bus", bus}).cmd
}

// A server without boxes sends its runs to workers. Runs survive a worker that is stopped,
// end as lost with one that is killed, and wait for a worker when there is none.
func TestWorkers(t *testing.T) {
	t.Parallel()
	needBusAndBoxes(t)
	addr := testaddr.Free(t)
	bus := "nats://" + addr
	s := startServe(t, "memory", "CORUST_CLUSTER_BUS="+bus) // before there is a bus
	natsServer(t, addr)
	if !strings.Contains(s.start, "programs run in remote boxes: at "+bus) || !strings.Contains(s.start, "no worker is there") {
		t.Errorf("the server says:\n%s", s.start)
	}
	session := func(source string) string {
		t.Helper()
		var c struct{ Token string }
		body, err := json.Marshal(map[string]string{"source": source})
		if err != nil {
			t.Fatal(err)
		}
		if status := s.do("POST", "/api/v1/sessions", string(body), &c); status != http.StatusCreated {
			t.Fatalf("create: status %d", status)
		}
		return "/api/v1/sessions/" + c.Token + "/runs"
	}
	echo := session(`fn main() { for line in std::io::stdin().lines() { println!("<{}>", line.unwrap()); } }`)
	slow := session(`fn main() { println!("begun"); std::thread::sleep(std::time::Duration::from_millis(1500)); println!("ended"); }`)
	var run string
	if s.do("POST", echo, `{"mode":"debug"}`, &run); !strings.Contains(run, `"verdict":"failed"`) {
		t.Errorf("a run without a worker:\n%s", run)
	}

	a := startWorker(t, bus)
	if status := s.do("POST", echo, `{"mode":"debug","stdin":"typed\n"}`, &run); status != http.StatusOK || !strings.Contains(run, `"verdict":"ok"`) || !strings.Contains(run, "PHR5cGVkPgo=") {
		t.Errorf("a run: status %d:\n%s", status, run)
	}
	if s.do("POST", echo, `{"edition":"1999"}`, &run); !strings.Contains(run, `"verdict":"refused"`) || !strings.Contains(run, "1999") {
		t.Errorf("a run of no edition:\n%s", run)
	}
	if s.do("POST", echo, `{"channel":"1.2.3"}`, &run); !strings.Contains(run, `"verdict":"refused"`) || !strings.Contains(run, `no toolchain \"1.2.3\" here`) {
		t.Errorf("a run with a toolchain that no worker has:\n%s", run)
	}

	// during runs slow, and calls do once the program has printed.
	during := func(do func()) string {
		t.Helper()
		res, err := http.Post(s.url+slow, "application/json", strings.NewReader(`{"mode":"debug"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var all strings.Builder
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if strings.Contains(lines.Text(), `"stream":"stdout"`) && !strings.Contains(all.String(), `"stream":"stdout"`) {
				do()
			}
			all.WriteString(lines.Text() + "\n")
		}
		return all.String()
	}
	stopped := make(chan error, 1)
	got := during(func() {
		_ = a.Process.Signal(syscall.SIGTERM)
		go func() { stopped <- a.Wait() }()
	})
	if !strings.Contains(got, `"verdict":"ok"`) {
		t.Errorf("a run over a stop of its worker:\n%s", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("the worker ends with %v", err)
	}
	b := startWorker(t, bus)
	var killed time.Time
	got = during(func() {
		killed = time.Now()
		_ = b.Process.Kill()
	})
	if !strings.Contains(got, `"verdict":"lost"`) {
		t.Errorf("a run whose worker was killed:\n%s", got)
	}
	t.Logf("told %v after the worker was killed", time.Since(killed).Round(time.Millisecond))
	c := startWorker(t, bus)
	if s.do("POST", echo, `{"mode":"debug"}`, &run); !strings.Contains(run, `"verdict":"ok"`) {
		t.Errorf("a run with another worker:\n%s", run)
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	if err := c.Wait(); err != nil {
		t.Errorf("the worker ends with %v", err)
	}
	s.stop()
}

// A text is compiled ahead by the worker that will run it.
func TestWorkersCompileAhead(t *testing.T) {
	t.Parallel()
	needBusAndBoxes(t)
	addr := testaddr.Free(t)
	bus := "nats://" + addr
	natsServer(t, addr)
	startWorker(t, bus)
	startWorker(t, bus)
	s := startServe(t, "memory", "CORUST_CLUSTER_BUS="+bus)
	for n := range 4 { // by chance, all would have the right worker in one of 16 times
		p := s.page(fmt.Sprintf(`fn main() { println!("program %d"); }`, n))
		for ready := false; !ready; {
			m, ok := p.next().(*wire.AheadMsg)
			ready = ok && m.State == wire.AheadReady
		}
		var run string
		s.do("POST", "/api/v1/sessions/"+p.token+"/runs", `{}`, &run)
		if !strings.Contains(run, `"verdict":"ok"`) || !strings.Contains(run, `"cached":true`) {
			t.Errorf("a run of a text that was compiled ahead:\n%s", run)
		}
	}
	s.stop()
}

func TestWorkerSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "corust")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	for bus, want := range map[string]string{
		"":                              "no bus to take runs from",
		"nats://u:secret@127.0.0.1:1":   "the bus between servers and workers at nats://u:xxxxx@127.0.0.1:1",
		"nats://127.0.0.1:1,nats://[::": "an address that cannot be read",
	} {
		cmd := exec.Command(name, "worker", "--backend", "native", "--bus", bus)
		cmd.Env = append(os.Environ(), "CORUST_NATIVE_ALLOW_UNENFORCED=true")
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), "secret") || err == nil || !strings.Contains(string(out), want) && boxesMissing() == "" {
			t.Errorf("--bus %q: %v, %s, want %q", bus, err, out, want)
		}
	}
}

// A broker that takes only small messages is refused, at the start or when it comes: it would
// lose parts of runs for good.
func TestBusOfSmallMessages(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("nats-server"); err != nil {
		t.Skip("there is no nats-server (scripts/setup bus)")
	}
	addr := testaddr.Free(t)
	a := &app{config: config.Default()}
	a.config.Cluster.Bus = "nats://" + addr
	logs, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	late, err := a.openBus(slog.New(slog.NewTextHandler(logs, nil)), true)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	natsServer(t, addr, "max_payload: 65536")
	b, err := a.openBus(slog.New(slog.DiscardHandler), true)
	if !errors.Is(err, errBus) || !strings.Contains(err.Error(), "max_payload") {
		t.Errorf("a bus of messages of 64 KiB: %v", err)
	}
	if err == nil {
		b.Close()
	}
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		told, _ := os.ReadFile(logs.Name())
		if strings.Contains(string(told), "it takes messages of 65536 bytes") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a server that was there before the bus says: %s", told)
		}
	}
	if err := late.Publish("corust.offers", []byte("offer")); err == nil || !strings.Contains(err.Error(), "max_payload") {
		t.Errorf("a message to that bus: %v", err)
	}
}

// What cannot be sent at once is not sent at all: an offer that is a minute old helps nobody.
func TestBusKeepsNothing(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("nats-server"); err != nil {
		t.Skip("there is no nats-server (scripts/setup bus)")
	}
	addr := testaddr.Free(t)
	kill := natsServer(t, addr)
	a := &app{config: config.Default()}
	a.config.Cluster.Bus = "nats://" + addr
	b, err := a.openBus(slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Publish("corust.offers", []byte("offer")); err != nil {
		t.Errorf("a message to a broker that is there: %v", err)
	}
	kill()
	for deadline := time.Now().Add(15 * time.Second); b.conn.IsConnected(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection does not end with the broker")
		}
	}
	if err := b.Publish("corust.offers", []byte("offer")); err == nil {
		t.Error("a message to a broker that is away is kept")
	}
}
