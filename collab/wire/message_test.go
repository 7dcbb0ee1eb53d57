package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// key is one that a session takes.
const key = "0123456789abcdef0123456789abcdef"

// TestWireForm pins the JSON that the TypeScript client reads and writes.
func TestWireForm(t *testing.T) {
	t.Parallel()
	c, err := ot.New(12, ot.Edit{From: 3, To: 3, Insert: "x<"})
	if err != nil {
		t.Fatal(err)
	}
	s := "fn main() {}\n"
	start := wire.RunStarted{Run: "r1", By: "p", Version: 9}
	for _, m := range []struct {
		msg  any
		want string
	}{
		{&wire.Hello{Protocol: 3, Key: key, Person: key, Name: "Ada", Epoch: "e", Version: 12, Seq: 4}, `{"type":"hello","protocol":3,"key":"` + key + `","person":"` + key + `","name":"Ada","epoch":"e","version":12,"seq":4}`},
		{&wire.PushMsg{Epoch: "e", Version: 12, Seq: 5, Changes: c, Cursor: wire.Selection{{Anchor: 4, Head: 5}}}, `{"type":"push","epoch":"e","version":12,"seq":5,"changes":[3,[0,"x<"],9],"cursor":[[4,5]]}`},
		{&wire.CursorMsg{Epoch: "e", Version: 1, Cursor: wire.Selection{}}, `{"type":"cursor","epoch":"e","version":1,"cursor":[]}`},
		{&wire.RunMsg{}, `{"type":"run"}`},
		{&wire.RunMsg{Options: json.RawMessage(`{"edition":"2024"}`)}, `{"type":"run","options":{"edition":"2024"}}`},
		{&wire.SettingsMsg{Settings: wire.Settings{"mode": "release", "edition": ""}}, `{"type":"settings","settings":{"edition":"","mode":"release"}}`},
		{&wire.SettingsOf{By: "p", Settings: wire.Settings{"mode": "release"}}, `{"type":"settings","by":"p","settings":{"mode":"release"}}`},
		{&wire.StdinMsg{Run: "r1", Data: []byte("42\n"), EOF: true}, `{"type":"stdin","run":"r1","data":"NDIK","eof":true}`},
		{&wire.StopMsg{Run: "r1"}, `{"type":"stop","run":"r1"}`},
		{&wire.Ping{}, `{"type":"ping"}`},
		{&wire.Pong{}, `{"type":"pong"}`},
		{&wire.Welcome{Protocol: 3, Client: "k", Epoch: "e", Version: 3, AckedSeq: 2, Text: &s, Members: []wire.Member{{Client: "p"}}}, `{"type":"welcome","protocol":3,"client":"k","epoch":"e","version":3,"ackedSeq":2,"text":"fn main() {}\n","members":[{"client":"p"}]}`},
		{&wire.Welcome{Protocol: 3, Client: "k", Epoch: "e", Version: 3, Entries: []*wire.EntryMsg{{Version: 3, Client: "p", Seq: 1, Changes: c}}, Members: []wire.Member{}, Run: &wire.RunState{RunStarted: start, Output: []*wire.RunOutput{{Run: "r1", Stream: "stdout", Data: []byte("hi")}}, Verdict: "ok"}}, `{"type":"welcome","protocol":3,"client":"k","epoch":"e","version":3,"ackedSeq":0,"entries":[{"version":3,"client":"p","seq":1,"changes":[3,[0,"x<"],9]}],"members":[],"run":{"run":"r1","by":"p","version":9,"output":[{"run":"r1","stream":"stdout","offset":0,"data":"aGk="}],"verdict":"ok"}}`},
		{&wire.EntryMsg{Version: 15, Client: "p\"", Seq: 2, Changes: c, Cursor: wire.Selection{{Anchor: 3, Head: 3}, {Anchor: 1, Head: 0}}}, `{"type":"entry","version":15,"client":"p\"","seq":2,"changes":[3,[0,"x<"],9],"cursor":[[3,3],[1,0]]}`},
		{&wire.AckMsg{Version: 16, Seq: 5}, `{"type":"ack","version":16,"seq":5}`},
		{&wire.MemberMsg{Member: wire.Member{Client: "q", Name: "Cy <3"}}, `{"type":"member","client":"q","name":"Cy <3"}`},
		{&wire.LeaveMsg{Client: "q"}, `{"type":"leave","client":"q"}`},
		{&wire.CursorOfMsg{Client: "p", Version: 16, Cursor: wire.Selection{{Anchor: 0, Head: 2}}}, `{"type":"cursor","client":"p","version":16,"cursor":[[0,2]]}`},
		{&start, `{"type":"run","run":"r1","by":"p","version":9}`},
		{&wire.RunStage{Run: "r1", Stage: "compile"}, `{"type":"stage","run":"r1","stage":"compile"}`},
		{&wire.RunWaiting{Run: "r1", Waiting: true}, `{"type":"waiting","run":"r1","waiting":true}`},
		{&wire.RunWaiting{Run: "r1"}, `{"type":"waiting","run":"r1","waiting":false}`},
		{&wire.RunOutput{Run: "r1", Stream: "stderr", Offset: 7, Data: []byte{0xff}}, `{"type":"output","run":"r1","stream":"stderr","offset":7,"data":"/w=="}`},
		{&wire.RunInput{Run: "r1", By: "p", EOF: true}, `{"type":"input","run":"r1","by":"p","offset":0,"eof":true}`},
		{&wire.RunDiagnostics{Run: "r1", Epoch: "e", Version: 9, List: []wire.Diagnostic{{Level: "error", Code: "E0308", Message: "m<", Spans: []wire.DiagnosticSpan{{From: 1, To: 2, Primary: true, Label: "l"}}, Notes: []wire.DiagnosticNote{{Level: "note", Message: "n"}}, Suggestions: []wire.Suggestion{{Message: "s", Applicable: true, Edits: []wire.SuggestedEdit{{From: 1, To: 1, Insert: "x"}}}}}}}, `{"type":"diagnostics","run":"r1","epoch":"e","version":9,"list":[{"level":"error","code":"E0308","message":"m<","spans":[{"from":1,"to":2,"primary":true,"label":"l"}],"notes":[{"level":"note","message":"n"}],"suggestions":[{"message":"s","applicable":true,"edits":[{"from":1,"to":1,"insert":"x"}]}]}]}`},
		{&wire.RunEnded{Run: "r1", Verdict: "timeout", Stopped: "p"}, `{"type":"end","run":"r1","verdict":"timeout","stopped":"p"}`},
		{&wire.Error{Code: wire.CodeStale, Message: "too old", Seq: 5}, `{"type":"error","code":"stale","message":"too old","seq":5}`},
	} {
		data, err := wire.Encode(m.msg)
		if err != nil || string(data) != m.want {
			t.Errorf("%T:\n got %s, %v\nwant %s", m.msg, data, err, m.want)
			continue
		}
		var back any
		if _, ok := m.msg.(wire.ClientMessage); ok {
			back, err = wire.DecodeClient(data, wire.Limits{})
		} else {
			back, err = wire.DecodeServer(data)
		}
		if err != nil || !reflect.DeepEqual(back, m.msg) {
			t.Errorf("%s came back as %#v, %v", data, back, err)
		}
	}
	if _, err := wire.Encode(3); err == nil {
		t.Error("a number was encoded as a message")
	}
}

func TestDecodeClientRefuses(t *testing.T) {
	t.Parallel()
	lim := wire.Limits{Message: 1000, Parts: 3, Name: 5}
	for raw, want := range map[string]error{
		``:                              wire.ErrMalformed,
		`null`:                          wire.ErrMalformed,
		`[]`:                            wire.ErrMalformed,
		`{"type":"nope"}`:               wire.ErrMalformed,
		`{"type":"welcome"}`:            wire.ErrMalformed,
		`{"type":"stop","run":"a"}{}`:   wire.ErrMalformed,
		`{"type":"hello","protocol":3}`: wire.ErrMalformed,
		`{"type":"hello","protocol":1,"client":"k"}`:                             wire.ErrProtocol,
		`{"type":"hello","protocol":2,"key":"` + key + `"}`:                      wire.ErrProtocol,
		`{"type":"hello","protocol":3,"key":"short"}`:                            wire.ErrMalformed,
		`{"type":"hello","protocol":3,"key":"0123456789ABCDEF0123456789ABCDEF"}`: wire.ErrMalformed,
		`{"type":"hello","protocol":3,"key":"` + key + `","person":"x"}`:         wire.ErrMalformed,
		`{"type":"hello","protocol":3,"key":"` + key + `","name":"abcdef"}`:      wire.ErrTooLarge,
		`{"type":"hello","protocol":3,"key":"` + key + `","name":"\ud800"}`:      wire.ErrMalformed,
		"{\"type\":\"hello\",\"protocol\":2,\"key\":\"\xff\"}":                   wire.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[[0,"\udc00"]]}`:           wire.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[-1]}`:                     wire.ErrMalformed,
		`{"type":"push","version":0.5,"seq":1,"changes":[1]}`:                    wire.ErrMalformed,
		`{"type":"push","version":1e99,"seq":1,"changes":[1]}`:                   wire.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[1,[1],1,[1]]}`:            wire.ErrTooLarge,
		`{"type":"push","version":0,"seq":1,"changes":[999999999]}`:              wire.ErrTooLarge,
		`{"type":"cursor","version":0,"cursor":[[1]]}`:                           wire.ErrMalformed,
		`{"type":"cursor","version":0,"cursor":[[1,2,3]]}`:                       wire.ErrMalformed,
		`{"type":"settings","settings":{"a":1}}`:                                 wire.ErrMalformed,
		`{"type":"settings","settings":["a"]}`:                                   wire.ErrMalformed,
		`{"type":"stdin","run":"r","data":"!"}`:                                  wire.ErrMalformed,
		`{"type":"stop","run":"` + strings.Repeat("x", 1000) + `"}`:              wire.ErrTooLarge,
		strings.Repeat(`[`, 900):                                                 wire.ErrMalformed,
		`{"type":"stop","run":"` + `\ud83d\ude00` + `", "x":"\uD800x"}`:          wire.ErrMalformed,
	} {
		if m, err := wire.DecodeClient([]byte(raw), lim); !errors.Is(err, want) {
			t.Errorf("%.80q: %#v, %v; want %v", raw, m, err, want)
		}
	}
	m, err := wire.DecodeClient([]byte(`{"type":"stop","run":"\\ud800 \ud83d\ude00"}`), lim)
	if s, ok := m.(*wire.StopMsg); err != nil || !ok || s.Run != `\ud800 😀` {
		t.Errorf("an escaped backslash and a whole pair: %#v, %v", m, err)
	}
}
