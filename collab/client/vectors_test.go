package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

var updateFlag = flag.Bool("update", false, "write what the client does into testdata/vectors.json")

// vector is a client's life. The page's tests read the same file.
type vector struct {
	Name  string `json:"name"`
	Steps []step `json:"steps"`
}

type step struct {
	Do      string          `json:"do"`
	File    wire.FileID     `json:"file,omitempty"`    // open, create, rename, delete
	Path    string          `json:"path,omitempty"`    // create, rename
	Content string          `json:"content,omitempty"` // create
	Changes *ot.ChangeSet   `json:"changes,omitempty"` // edit
	Cursor  wire.Selection  `json:"cursor,omitempty"`  // select
	Name    string          `json:"name,omitempty"`    // set
	Value   *string         `json:"value,omitempty"`   // set
	Message json.RawMessage `json:"message,omitempty"` // receive
	Want    want            `json:"want"`
}

// want is the effect of a step, and the client's state after it.
type want struct {
	States
	Error   string          `json:"error,omitempty"` // "out-of-step", "refused": by the client
	Done    bool            `json:"done,omitempty"`  // run, open, undo, redo: whether there was something to do
	Sent    json.RawMessage `json:"sent,omitempty"`  // hello, next: the message
	Changes []wantChange    `json:"changes,omitempty"`
	Lost    []wantLost      `json:"lost,omitempty"`
	Resync  bool            `json:"resync,omitempty"`
	Open    wire.FileID     `json:"open,omitempty"`
	Text    string          `json:"text"`
	Files   []wire.File     `json:"files,omitempty"` // if there is more than the main file with the default path
	Epoch   wire.Epoch      `json:"epoch,omitempty"`
	Version wire.Version    `json:"version,omitempty"`
	Cursor  wire.Selection  `json:"cursor,omitempty"`
	Others  []wire.Member   `json:"others,omitempty"`
	Chosen  wire.Settings   `json:"chosen,omitempty"`
	Running string          `json:"running,omitempty"`
}

type wantChange struct {
	File    wire.FileID   `json:"file,omitempty"`
	Changes *ot.ChangeSet `json:"changes,omitempty"`
	Op      *wire.FileOp  `json:"op,omitempty"`
}

type wantLost struct {
	Code    wire.Code     `json:"code"`
	File    wire.FileID   `json:"file,omitempty"`
	Path    string        `json:"path"`
	Op      *wire.FileOp  `json:"op,omitempty"`
	Changes *ot.ChangeSet `json:"changes,omitempty"`
	Text    string        `json:"text,omitempty"`
}

func TestVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{} // cells of the tables
	for _, v := range vectors {
		c := New("00000000000000000000000000000001", "")
		for i := range v.Steps {
			s := &v.Steps[i]
			before := c.States()
			got, err := s.play(c)
			if err != nil {
				t.Fatalf("%s: step %d: %v", v.Name, i+1, err)
			}
			if !*updateFlag && !reflect.DeepEqual(plain(t, got), plain(t, s.Want)) {
				t.Errorf("%s: step %d: %s\nhas  %s\nwant %s", v.Name, i+1, s.Do, marshal(t, got), marshal(t, s.Want))
			}
			s.Want = got
			seen[fmt.Sprint("pending ", before.Pending, got.Pending)] = true
			seen[fmt.Sprint("request ", before.Request, got.Request)] = true
			seen[fmt.Sprint("link ", before.Link, got.Link)] = true
			if s.Do == "receive" {
				var m struct{ Type string }
				if err := json.Unmarshal(s.Message, &m); err != nil {
					t.Fatal(err)
				}
				seen[fmt.Sprint("message ", m.Type, before.Link)] = true
			}
		}
	}
	need(t, seen, "link", linkTable)
	need(t, seen, "pending", pendingTable)
	need(t, seen, "request", requestTable)
	for m, states := range onMessage {
		if states == nil {
			continue // passed over
		}
		for _, l := range []Link{Offline, Joining, Live} {
			if !seen[fmt.Sprint("message ", m, l)] {
				t.Errorf("no vector receives %q while %s", m, l)
			}
		}
	}
	if *updateFlag {
		var b bytes.Buffer
		b.WriteString("[\n")
		for i, v := range vectors {
			fmt.Fprintf(&b, "\t{\"name\": %s, \"steps\": [\n", marshal(t, v.Name))
			for j, s := range v.Steps {
				fmt.Fprintf(&b, "\t\t%s%s\n", marshal(t, s), comma(j, len(v.Steps)))
			}
			fmt.Fprintf(&b, "\t]}%s\n", comma(i, len(vectors)))
		}
		b.WriteString("]\n")
		if err := os.WriteFile("testdata/vectors.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A message that is added to the protocol has to be handled here, or passed over on
// purpose.
func TestEveryMessageHasARow(t *testing.T) {
	t.Parallel()
	for _, k := range wire.ServerKinds() {
		if _, ok := onMessage[k.Name]; !ok {
			t.Errorf("onMessage says nothing of %q; add a row, nil if the client passes it over", k.Name)
		}
	}
	if n := len(wire.ServerKinds()); len(onMessage) != n {
		t.Errorf("onMessage has %d rows, the protocol %d messages", len(onMessage), n)
	}
}

func comma(i, n int) string { return strings.Repeat(",", min(1, n-1-i)) }

// need wants every transition of a table to have been seen.
func need[S, E comparable](t *testing.T, seen map[string]bool, name string, table table[S, E]) {
	t.Helper()
	for from, events := range table {
		for event, to := range events {
			if !seen[fmt.Sprint(name+" ", from, to)] {
				t.Errorf("%s: no vector goes from %v to %v, as %v does", name, from, to, event)
			}
		}
	}
}

func (s *step) play(c *Client) (want, error) {
	var w want
	var m wire.ClientMessage
	var refused error
	switch s.Do {
	case "hello":
		m = c.Hello()
	case "disconnect":
		c.Disconnect()
	case "next":
		m = c.Next()
	case "edit":
		refused = c.Edit(*s.Changes)
	case "open":
		w.Done = c.Open(s.File)
	case "create":
		refused = c.Create(s.File, s.Path, s.Content)
	case "rename":
		refused = c.Rename(s.File, s.Path)
	case "delete":
		refused = c.Delete(s.File)
	case "undo-files":
		_, w.Done = c.UndoFiles()
	case "redo-files":
		_, w.Done = c.RedoFiles()
	case "select":
		c.Select(s.Cursor)
	case "set":
		c.Set(s.Name, *s.Value)
	case "run":
		w.Done = c.Run(wire.RunOptions{}, nil)
	case "receive":
		m, err := wire.DecodeServer(s.Message)
		if err != nil {
			return w, err
		}
		u, err := c.Receive(m)
		if errors.Is(err, ErrOutOfStep) {
			w.Error = "out-of-step"
		}
		w.Resync = u.Resync
		for _, ch := range u.Changes {
			one := wantChange{File: ch.File, Op: ch.Op}
			if ch.Op == nil {
				one.Changes = &ch.Changes
			}
			w.Changes = append(w.Changes, one)
		}
		for _, l := range u.Lost {
			w.Lost = append(w.Lost, wantLost(l))
		}
	default:
		return w, fmt.Errorf("step %q", s.Do)
	}
	if m != nil {
		data, err := wire.Encode(m)
		if err != nil {
			return w, err
		}
		w.Sent = data
	}
	if refused != nil {
		w.Error = "refused"
	}
	if set := c.Files().Wire(); len(set) > 1 || set[0].Path != wire.DefaultPath {
		w.Files = set
	}
	w.States, w.Text, w.Epoch, w.Version = c.States(), c.Text().String(), c.Epoch(), c.Version()
	w.Open = c.Opened()
	w.Cursor, w.Chosen, w.Running = c.Cursor(), c.Chosen(), c.Running()
	for _, o := range c.Others() {
		w.Others = append(w.Others, o)
	}
	slices.SortFunc(w.Others, func(a, b wire.Member) int { return strings.Compare(string(a.Client), string(b.Client)) })
	return w, nil
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// plain returns a value as decoded JSON, without zero members, which messages may omit.
func plain(t *testing.T, v any) any {
	t.Helper()
	var out any
	if err := json.Unmarshal([]byte(marshal(t, v)), &out); err != nil {
		t.Fatal(err)
	}
	return strip(out)
}

func strip(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for k, v := range m {
		v = strip(v)
		if list, ok := v.([]any); v == nil || v == "" || v == 0.0 || v == false || ok && len(list) == 0 {
			delete(m, k)
			continue
		}
		m[k] = v
	}
	return m
}
