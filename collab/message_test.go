package collab_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/ot"
)

// key is one that a session takes.
const key = "0123456789abcdef0123456789abcdef"

// TestWireForm pins the JSON that the TypeScript client reads and writes.
func TestWireForm(t *testing.T) {
	t.Parallel()
	c := edit(t, 12, 3, 3, "x<")
	s := "fn main() {}\n"
	start := collab.RunStarted{Run: "r1", By: "p", Version: 9}
	for _, m := range []struct {
		msg  any
		want string
	}{
		{&collab.Hello{Protocol: 3, Key: key, Person: key, Name: "Ada", Epoch: "e", Version: 12, Seq: 4}, `{"type":"hello","protocol":3,"key":"` + key + `","person":"` + key + `","name":"Ada","epoch":"e","version":12,"seq":4}`},
		{&collab.PushMsg{Epoch: "e", Version: 12, Seq: 5, Changes: c, Cursor: collab.Selection{{Anchor: 4, Head: 5}}}, `{"type":"push","epoch":"e","version":12,"seq":5,"changes":[3,[0,"x<"],9],"cursor":[[4,5]]}`},
		{&collab.CursorMsg{Epoch: "e", Version: 1, Cursor: collab.Selection{}}, `{"type":"cursor","epoch":"e","version":1,"cursor":[]}`},
		{&collab.RunMsg{}, `{"type":"run"}`},
		{&collab.RunMsg{Options: json.RawMessage(`{"edition":"2024"}`)}, `{"type":"run","options":{"edition":"2024"}}`},
		{&collab.SettingsMsg{Settings: collab.Settings{"mode": "release", "edition": ""}}, `{"type":"settings","settings":{"edition":"","mode":"release"}}`},
		{&collab.SettingsOf{By: "p", Settings: collab.Settings{"mode": "release"}}, `{"type":"settings","by":"p","settings":{"mode":"release"}}`},
		{&collab.StdinMsg{Run: "r1", Data: []byte("42\n"), EOF: true}, `{"type":"stdin","run":"r1","data":"NDIK","eof":true}`},
		{&collab.StopMsg{Run: "r1"}, `{"type":"stop","run":"r1"}`},
		{&collab.Ping{}, `{"type":"ping"}`},
		{&collab.Pong{}, `{"type":"pong"}`},
		{&collab.Welcome{Protocol: 3, Client: "k", Epoch: "e", Version: 3, AckedSeq: 2, Text: &s, Members: []collab.Member{{Client: "p"}}}, `{"type":"welcome","protocol":3,"client":"k","epoch":"e","version":3,"ackedSeq":2,"text":"fn main() {}\n","members":[{"client":"p"}]}`},
		{&collab.Welcome{Protocol: 3, Client: "k", Epoch: "e", Version: 3, Entries: []*collab.EntryMsg{{Version: 3, Client: "p", Seq: 1, Changes: c}}, Members: []collab.Member{}, Run: &collab.RunState{RunStarted: start, Output: []*collab.RunOutput{{Run: "r1", Stream: "stdout", Data: []byte("hi")}}, Verdict: "ok"}}, `{"type":"welcome","protocol":3,"client":"k","epoch":"e","version":3,"ackedSeq":0,"entries":[{"version":3,"client":"p","seq":1,"changes":[3,[0,"x<"],9]}],"members":[],"run":{"run":"r1","by":"p","version":9,"output":[{"run":"r1","stream":"stdout","offset":0,"data":"aGk="}],"verdict":"ok"}}`},
		{&collab.EntryMsg{Version: 15, Client: "p\"", Seq: 2, Changes: c, Cursor: collab.Selection{{Anchor: 3, Head: 3}, {Anchor: 1, Head: 0}}}, `{"type":"entry","version":15,"client":"p\"","seq":2,"changes":[3,[0,"x<"],9],"cursor":[[3,3],[1,0]]}`},
		{&collab.AckMsg{Version: 16, Seq: 5}, `{"type":"ack","version":16,"seq":5}`},
		{&collab.MemberMsg{Member: collab.Member{Client: "q", Name: "Cy <3"}}, `{"type":"member","client":"q","name":"Cy <3"}`},
		{&collab.LeaveMsg{Client: "q"}, `{"type":"leave","client":"q"}`},
		{&collab.CursorOfMsg{Client: "p", Version: 16, Cursor: collab.Selection{{Anchor: 0, Head: 2}}}, `{"type":"cursor","client":"p","version":16,"cursor":[[0,2]]}`},
		{&start, `{"type":"run","run":"r1","by":"p","version":9}`},
		{&collab.RunStage{Run: "r1", Stage: "compile"}, `{"type":"stage","run":"r1","stage":"compile"}`},
		{&collab.RunWaiting{Run: "r1", Waiting: true}, `{"type":"waiting","run":"r1","waiting":true}`},
		{&collab.RunWaiting{Run: "r1"}, `{"type":"waiting","run":"r1","waiting":false}`},
		{&collab.RunOutput{Run: "r1", Stream: "stderr", Offset: 7, Data: []byte{0xff}}, `{"type":"output","run":"r1","stream":"stderr","offset":7,"data":"/w=="}`},
		{&collab.RunInput{Run: "r1", By: "p", EOF: true}, `{"type":"input","run":"r1","by":"p","offset":0,"eof":true}`},
		{&collab.RunDiagnostics{Run: "r1", Epoch: "e", Version: 9, List: []collab.Diagnostic{{Level: "error", Code: "E0308", Message: "m<", Spans: []collab.DiagnosticSpan{{From: 1, To: 2, Primary: true, Label: "l"}}, Notes: []collab.DiagnosticNote{{Level: "note", Message: "n"}}, Suggestions: []collab.Suggestion{{Message: "s", Applicable: true, Edits: []collab.SuggestedEdit{{From: 1, To: 1, Insert: "x"}}}}}}}, `{"type":"diagnostics","run":"r1","epoch":"e","version":9,"list":[{"level":"error","code":"E0308","message":"m<","spans":[{"from":1,"to":2,"primary":true,"label":"l"}],"notes":[{"level":"note","message":"n"}],"suggestions":[{"message":"s","applicable":true,"edits":[{"from":1,"to":1,"insert":"x"}]}]}]}`},
		{&collab.RunEnded{Run: "r1", Verdict: "timeout", Stopped: "p"}, `{"type":"end","run":"r1","verdict":"timeout","stopped":"p"}`},
		{&collab.Error{Code: collab.CodeStale, Message: "too old", Seq: 5}, `{"type":"error","code":"stale","message":"too old","seq":5}`},
	} {
		data, err := collab.Encode(m.msg)
		if err != nil || string(data) != m.want {
			t.Errorf("%T:\n got %s, %v\nwant %s", m.msg, data, err, m.want)
			continue
		}
		var back any
		if _, ok := m.msg.(collab.ClientMessage); ok {
			back, err = collab.DecodeClient(data, collab.Limits{})
		} else {
			back, err = collab.DecodeServer(data)
		}
		if err != nil || !reflect.DeepEqual(back, m.msg) {
			t.Errorf("%s came back as %#v, %v", data, back, err)
		}
	}
	if _, err := collab.Encode(3); err == nil {
		t.Error("a number was encoded as a message")
	}
}

func TestDecodeClientRefuses(t *testing.T) {
	t.Parallel()
	lim := collab.Limits{Message: 1000, Parts: 3, Name: 5}
	for raw, want := range map[string]error{
		``:                              collab.ErrMalformed,
		`null`:                          collab.ErrMalformed,
		`[]`:                            collab.ErrMalformed,
		`{"type":"nope"}`:               collab.ErrMalformed,
		`{"type":"welcome"}`:            collab.ErrMalformed,
		`{"type":"stop","run":"a"}{}`:   collab.ErrMalformed,
		`{"type":"hello","protocol":3}`: collab.ErrMalformed,
		`{"type":"hello","protocol":1,"client":"k"}`:                             collab.ErrProtocol,
		`{"type":"hello","protocol":2,"key":"` + key + `"}`:                      collab.ErrProtocol,
		`{"type":"hello","protocol":3,"key":"short"}`:                            collab.ErrMalformed,
		`{"type":"hello","protocol":3,"key":"0123456789ABCDEF0123456789ABCDEF"}`: collab.ErrMalformed,
		`{"type":"hello","protocol":3,"key":"` + key + `","person":"x"}`:         collab.ErrMalformed,
		`{"type":"hello","protocol":3,"key":"` + key + `","name":"abcdef"}`:      collab.ErrTooLarge,
		`{"type":"hello","protocol":3,"key":"` + key + `","name":"\ud800"}`:      collab.ErrMalformed,
		"{\"type\":\"hello\",\"protocol\":2,\"key\":\"\xff\"}":                   collab.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[[0,"\udc00"]]}`:           collab.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[-1]}`:                     collab.ErrMalformed,
		`{"type":"push","version":0.5,"seq":1,"changes":[1]}`:                    collab.ErrMalformed,
		`{"type":"push","version":1e99,"seq":1,"changes":[1]}`:                   collab.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[1,[1],1,[1]]}`:            collab.ErrTooLarge,
		`{"type":"push","version":0,"seq":1,"changes":[999999999]}`:              collab.ErrTooLarge,
		`{"type":"cursor","version":0,"cursor":[[1]]}`:                           collab.ErrMalformed,
		`{"type":"cursor","version":0,"cursor":[[1,2,3]]}`:                       collab.ErrMalformed,
		`{"type":"settings","settings":{"a":1}}`:                                 collab.ErrMalformed,
		`{"type":"settings","settings":["a"]}`:                                   collab.ErrMalformed,
		`{"type":"stdin","run":"r","data":"!"}`:                                  collab.ErrMalformed,
		`{"type":"stop","run":"` + strings.Repeat("x", 1000) + `"}`:              collab.ErrTooLarge,
		strings.Repeat(`[`, 900):                                                 collab.ErrMalformed,
		`{"type":"stop","run":"` + `\ud83d\ude00` + `", "x":"\uD800x"}`:          collab.ErrMalformed,
	} {
		if m, err := collab.DecodeClient([]byte(raw), lim); !errors.Is(err, want) {
			t.Errorf("%.80q: %#v, %v; want %v", raw, m, err, want)
		}
	}
	m, err := collab.DecodeClient([]byte(`{"type":"stop","run":"\\ud800 \ud83d\ude00"}`), lim)
	if s, ok := m.(*collab.StopMsg); err != nil || !ok || s.Run != `\ud800 😀` {
		t.Errorf("an escaped backslash and a whole pair: %#v, %v", m, err)
	}
}

// FuzzSession gives a session any bytes: nothing panics, and whatever was sent
// before, the next newcomer is welcomed to a text that is well formed.
func FuzzSession(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		a := collab.NewAuthority(collab.NewDocument("e", text(t, "a🦀\nb"), collab.Limits{Text: 100}))
		if err := a.Connect(1, collab.Visitor{}); err != nil {
			t.Fatal(err)
		}
		a.Receive(1, &collab.Hello{Key: "k"})
		for line := range strings.SplitSeq(string(data), "\n") {
			m, err := collab.DecodeClient([]byte(line), collab.Limits{})
			if err == nil {
				err = a.Receive(1, m)
			}
			if err != nil && collab.CodeOf(err) == collab.CodeInternal {
				t.Fatalf("%q: an error without a code: %v", line, err)
			}
		}
		for _, d := range a.Deliveries() {
			if d.Frame == nil {
				continue
			}
			if _, err := collab.DecodeServer(d.Frame.Bytes()); err != nil {
				t.Fatalf("%s: %v", d.Frame.Bytes(), err)
			}
		}
		if _, err := ot.NewText(a.Document().Text().String()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCorpus: a fuzz test without seeds tests next to nothing.
func TestCorpus(t *testing.T) {
	t.Parallel()
	seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", "FuzzSession", "*"))
	if err != nil || len(seeds) < 8 {
		t.Errorf("FuzzSession has %d seeds, %v", len(seeds), err)
	}
}
