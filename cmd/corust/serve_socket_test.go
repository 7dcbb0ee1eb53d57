package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

// page is an editor's socket to a separate session.
type page struct {
	*testing.T
	ws    *websocket.Conn
	token string
}

func (s *served) page(source string) *page { return s.pageFrom("", source) }

// pageFrom is page from another address, for a server that trusts us as its proxy.
func (s *served) pageFrom(addr, source string) *page {
	s.Helper()
	var c struct{ Token, Edit string }
	body, _ := json.Marshal(map[string]string{"source": source})
	req, err := http.NewRequest("POST", s.url+"/api/v1/sessions", strings.NewReader(string(body)))
	if err != nil {
		s.Fatal(err)
	}
	from := http.Header{}
	if addr != "" {
		from.Set("X-Forwarded-For", addr)
	}
	req.Header = from.Clone()
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&c); err != nil || res.StatusCode != http.StatusCreated {
		s.Fatalf("create: status %d, %v", res.StatusCode, err)
	}
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+c.Edit+"/socket", from)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { ws.Close() })
	p := &page{s.T, ws, c.Token}
	p.send(&wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.NewKey(), Ahead: true})
	return p
}

func (p *page) send(m wire.ClientMessage) {
	p.Helper()
	data, err := wire.Encode(m)
	if err == nil {
		err = p.ws.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		p.Fatal(err)
	}
}

func (p *page) next() wire.ServerMessage {
	p.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(time.Minute))
	_, data, err := p.ws.ReadMessage()
	if err != nil {
		p.Fatal(err)
	}
	m, err := wire.DecodeServer(data)
	if err != nil {
		p.Fatal(err)
	}
	return m
}

// stage waits for the next stage of the run and returns its name; the last is "end".
func (p *page) stage() string {
	p.Helper()
	for {
		switch m := p.next().(type) {
		case *wire.RunStage:
			if m.Stage == wire.StageQueued {
				return fmt.Sprintf("%s %d", m.Stage, m.Position)
			}
			return string(m.Stage)
		case *wire.RunEnded:
			return "end " + string(m.Verdict)
		}
	}
}

func (p *page) expect(stages ...string) {
	p.Helper()
	for _, want := range stages {
		if got := p.stage(); got != want {
			p.Fatalf("the run is at %q, want %q", got, want)
		}
	}
}

// start starts the run and gives its name.
func (p *page) start() string {
	p.Helper()
	p.send(&wire.RunMsg{Options: wire.RunOptions{Mode: wire.ModeDebug}})
	for {
		if m, ok := p.next().(*wire.RunStarted); ok {
			return m.Run
		}
	}
}

// With one box, sessions wait in a queue and receive their position whenever it changes.
// Stopping a run gives up its position.
func TestServeQueueReportsPositions(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, filepath.Join(t.TempDir(), "sessions.db"), "CORUST_POOL_BOXES=1")
	const reads = "fn main() { std::io::stdin().read_line(&mut String::new()).unwrap(); }\n"
	first, second, third := s.page(reads), s.page(reads), s.page(reads)
	run := first.start()
	for first.stage() != "run" { // it may wait for the server's trial run
	}
	waits := second.start()
	second.expect("queued 1")
	third.start()
	third.expect("queued 2")
	second.send(&wire.StopMsg{Run: waits})
	second.expect("end canceled")
	third.expect("queued 1")
	first.send(&wire.StdinMsg{Run: run, EOF: true})
	first.expect("end ok")
	third.expect("compile", "run")
}

// One address with 30 sessions, all asleep, holds half of the boxes and no more:
// another's program starts at once and does not wait in line.
func TestOneAddressLeavesBoxesToOthers(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, filepath.Join(t.TempDir(), "sessions.db"), "CORUST_POOL_BOXES=4", "CORUST_SERVE_TRUSTED_PROXIES=127.0.0.1")
	const sleeps = "fn main() { std::thread::sleep(std::time::Duration::from_secs(9)); }\n"
	flood := make([]*page, 30)
	for i := range flood {
		flood[i] = s.pageFrom("192.0.2.1", sleeps)
		flood[i].start()
	}
	flood[29].expect("queued 28") // two run
	for _, addr := range []string{"192.0.2.2", "2001:db8::1"} {
		other := s.pageFrom(addr, "fn main() { println!(\"hello\"); }\n")
		other.start()
		other.expect("compile", "run", "end ok")
	}
}

// The peak memory of a stage is that stage's: the compiler takes much more than
// a small program, and a program that takes more still shows it.
func TestServePeakMemory(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, filepath.Join(t.TempDir(), "sessions.db"))
	const mib = 1 << 20
	for size, limits := range map[int64][2]int64{0: {1, 0}, 200: {200, 300}} {
		p := s.page(fmt.Sprintf("fn main() { let v = vec![1u8; %d << 20]; println!(\"{}\", v.iter().map(|&b| b as u64).sum::<u64>()); }\n", size))
		p.start()
		var end *wire.RunEnded
		for end == nil {
			end, _ = p.next().(*wire.RunEnded)
		}
		if end.Detail == nil || len(end.Detail.Stages) != 2 {
			t.Fatalf("%s: %+v", end.Verdict, end.Detail)
		}
		compile, run := end.Detail.Stages[0].Usage.PeakMemory, end.Detail.Stages[1].Usage.PeakMemory
		t.Logf("%d MiB: compile %.1f MiB, run %.1f MiB", size, float64(compile)/mib, float64(run)/mib)
		if compile == 0 && run == 0 {
			t.Skip("this machine cannot measure the memory of a box")
		}
		if least, most := limits[0]*mib, limits[1]*mib; run < least || most > 0 && run > most || (run < compile) != (size == 0) {
			t.Errorf("a program of %d MiB: compile %d, run %d bytes", size, compile, run)
		}
	}
}

// A session receives the names of missing crates, as the user of corust run does, but
// without a command to type.
func TestServeNamesMissingCrates(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, filepath.Join(t.TempDir(), "sessions.db"), "XDG_CACHE_HOME="+t.TempDir())
	p := s.page("use plian::field;\nfn main() {}\n")
	p.start()
	for {
		end, ok := p.next().(*wire.RunEnded)
		if !ok {
			continue
		}
		if m := end.Detail.Missing; m == nil || !slices.Equal(m.Names, []string{"plian"}) || !m.NoSet {
			t.Errorf("%s: %+v", end.Verdict, m)
		}
		return
	}
}
