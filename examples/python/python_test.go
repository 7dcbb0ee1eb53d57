// Package python holds a client of sessions in Python, written from docs/protocol.md.
// Its tests run it beside clients in Go, and its transform against CodeMirror's.
package python

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/client/remote"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

func python(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	return path
}

// TestChangeSet: the client's changes are those of @codemirror/state.
func TestChangeSet(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), python(t), "-B", "check_changeset.py", "../../collab/ot/testdata/vectors.jsonl.gz").CombinedOutput()
	if n, _ := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || n < 20_000 {
		t.Errorf("%s%v", out, err)
	}
}

// TestConverges: the client and two in Go edit a session of a real server at random and
// at once, and have the same text in the end.
func TestConverges(t *testing.T) {
	t.Parallel()
	path, seed := python(t), testseed.Of(t)>>1
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	log := memory.New()
	hub := collab.NewHub(collab.Config{Store: log, Report: func(id wire.SessionID, err error) { t.Errorf("session %s: %v", id, err) }})
	defer hub.Close()
	limits := server.Limits{MessageRate: 10_000, AddressTalkers: 100}
	srv, err := server.New(server.Config{Hub: hub, Assets: web.Dist(), Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(srv)
	defer listener.Close()
	defer srv.Close(context.WithoutCancel(ctx))

	res, err := http.Post(listener.URL+"/api/v1/sessions", "application/json", strings.NewReader(`{"source":"fn main() {\n    // 🦀\n}\n"}`))
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Edit string }
	err = json.NewDecoder(res.Body).Decode(&made)
	res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	page := listener.URL + made.Edit

	const edits = 200
	other := exec.CommandContext(ctx, path, "-B", "converge.py", page, fmt.Sprint(seed), fmt.Sprint(edits))
	in, err1 := other.StdinPipe()
	out, err2 := other.StdoutPipe()
	var said strings.Builder
	other.Stderr = &said
	if err := errors.Join(err1, err2, other.Start()); err != nil {
		t.Fatal(err)
	}
	var editors []*remote.Editor
	for i := range 2 {
		e := remote.NewEditor("ws"+strings.TrimPrefix(page, "http")+"/socket", client.New(wire.NewKey(), fmt.Sprint("Go ", i)), nil)
		editors = append(editors, e)
		stop, end := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			e.Run(stop)
		}()
		defer func() { end(); <-done }()
	}
	for _, e := range editors { // all are there
		wait(ctx, t, e, func(c *client.Client) bool { return c.Live() && len(c.Others()) == 2 })
	}
	for n := range edits {
		for i, e := range editors {
			rng := rand.New(rand.NewPCG(seed, uint64(n<<1|i)))
			if err := e.Do(ctx, func(c *client.Client) error { return edit(rng, c) }); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(rng.IntN(3)) * time.Millisecond) // so that pushes cross
		}
	}
	var head wire.Version
	lines := bufio.NewReader(out)
	saved, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	for _, e := range editors {
		wait(ctx, t, e, func(c *client.Client) bool { return c.Synced() })
	}
	for _, e := range editors {
		wait(ctx, t, e, func(c *client.Client) bool { head = max(head, c.Version()); return true })
	}
	theirs, err := strconv.ParseInt(strings.TrimSpace(saved), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	head = max(head, wire.Version(theirs))
	fmt.Fprintln(in, head)
	answer, err := io.ReadAll(lines)
	if err := errors.Join(err, other.Wait()); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var text string
	if err := json.Unmarshal(answer, &text); err != nil {
		t.Fatal(err)
	}
	for i, e := range editors {
		wait(ctx, t, e, func(c *client.Client) bool { return c.Version() >= head })
		wait(ctx, t, e, func(c *client.Client) bool {
			if got := c.Text().String(); got != text || c.Version() != head {
				t.Errorf("Go %d has at %d\n%q\nPython at %d\n%q", i, c.Version(), got, head, text)
			}
			return true
		})
	}
	t.Logf("three clients agree at version %d on %d bytes", head, len(text))
	if head < edits/4 { // those of one client that are typed together are one entry
		t.Errorf("only %d entries", head)
	}
}

// wait looks at a client until it is as it should be.
func wait(ctx context.Context, t *testing.T, e *remote.Editor, is func(*client.Client) bool) {
	t.Helper()
	for ok := false; !ok; {
		if err := e.Do(ctx, func(c *client.Client) error { ok = is(c); return nil }); err != nil {
			t.Fatal(err)
		}
		if !ok {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				t.Fatal(ctx.Err())
			}
		}
	}
}

var pieces = []string{"x", "日本", "🦀", "\n", "}\n", "é", "\"\\"}

// edit replaces a random part of the text, between whole characters.
func edit(rng *rand.Rand, c *client.Client) error {
	runes := []rune(c.Text().String())
	from := rng.IntN(len(runes) + 1)
	to := min(len(runes), from+[]int{0, 0, 0, 1, 4}[rng.IntN(5)])
	insert := ""
	if to == from || rng.IntN(2) == 0 {
		insert = pieces[rng.IntN(len(pieces))]
	}
	start := ot.Len(string(runes[:from]))
	change, err := ot.New(c.Text().Len(), ot.Edit{From: start, To: start + ot.Len(string(runes[from:to])), Insert: insert})
	if err != nil {
		return err
	}
	return c.Edit(change)
}
