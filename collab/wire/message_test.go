package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// key is one that a session takes.
const key = "0123456789abcdef0123456789abcdef"

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
		`{"type":"hello","protocol":5}`: wire.ErrMalformed,
		`{"type":"hello","protocol":1,"client":"k"}`:                                   wire.ErrProtocol,
		`{"type":"hello","protocol":2,"key":"` + key + `"}`:                            wire.ErrProtocol,
		`{"type":"hello","protocol":5,"key":"short"}`:                                  wire.ErrMalformed,
		`{"type":"hello","protocol":5,"key":"0123456789ABCDEF0123456789ABCDEF"}`:       wire.ErrMalformed,
		`{"type":"hello","protocol":5,"key":"` + key + `","person":"x"}`:               wire.ErrMalformed,
		`{"type":"hello","protocol":5,"key":"` + key + `","name":"abcdef"}`:            wire.ErrTooLarge,
		`{"type":"hello","protocol":5,"key":"` + key + `","name":"\ud800"}`:            wire.ErrMalformed,
		"{\"type\":\"hello\",\"protocol\":2,\"key\":\"\xff\"}":                         wire.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[[0,"\udc00"]]}`:                 wire.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[-1]}`:                           wire.ErrMalformed,
		`{"type":"push","version":0.5,"seq":1,"changes":[1]}`:                          wire.ErrMalformed,
		`{"type":"push","version":1e99,"seq":1,"changes":[1]}`:                         wire.ErrMalformed,
		`{"type":"push","version":0,"seq":1,"changes":[1,[1],1,[1]]}`:                  wire.ErrTooLarge,
		`{"type":"push","version":0,"seq":1,"changes":[999999999]}`:                    wire.ErrTooLarge,
		`{"type":"push","seq":1,"file":-1,"changes":[1]}`:                              wire.ErrMalformed,
		`{"type":"push","seq":1,"file":281474976710656,"changes":[1]}`:                 wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{"do":"create"}}`:                        wire.ErrMalformed,
		`{"type":"push","seq":1,"op":{"do":"create","path":"a.rs"}}`:                   wire.ErrMalformed,
		`{"type":"push","seq":1,"op":{"do":"delete"}}`:                                 wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{"do":"delete","path":"a.rs"}}`:          wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{"do":"delete","text":"a"}}`:             wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{"do":"copy","path":"a.rs"}}`:            wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{}}`:                                     wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{"do":"rename","path":"../a"}}`:          wire.ErrMalformed,
		`{"type":"push","seq":1,"changes":[1],"op":{"do":"rename","path":"a"}}`:        wire.ErrMalformed,
		`{"type":"push","seq":1,"file":1,"op":{"do":"create","path":"a","text":"\r"}}`: wire.ErrMalformed,
		`{"type":"cursor","version":0,"cursor":[[1]]}`:                                 wire.ErrMalformed,
		`{"type":"cursor","version":0,"cursor":[[1,2,3]]}`:                             wire.ErrMalformed,
		`{"type":"settings","settings":{"a":1}}`:                                       wire.ErrMalformed,
		`{"type":"settings","settings":["a"]}`:                                         wire.ErrMalformed,
		`{"type":"run","options":{"action":"run","opt":3}}`:                            wire.ErrMalformed,
		`{"type":"run","options":{"mode":1}}`:                                          wire.ErrMalformed,
		`{"type":"run","options":[]}`:                                                  wire.ErrMalformed,
		`{"type":"stdin","run":"r","data":"!"}`:                                        wire.ErrMalformed,
		`{"type":"stop","run":"` + strings.Repeat("x", 1000) + `"}`:                    wire.ErrTooLarge,
		strings.Repeat(`[`, 900):                                                       wire.ErrMalformed,
		`{"type":"stop","run":"` + `\ud83d\ude00` + `", "x":"\uD800x"}`:                wire.ErrMalformed,
	} {
		if m, err := wire.DecodeClient([]byte(raw), lim); !errors.Is(err, want) {
			t.Errorf("%.80q: %#v, %v; want %v", raw, m, err, want)
		}
	}
	for raw, want := range map[string]string{
		`[]`:                               "the value may not be a JSON array",
		`{"type":"push","file":"a"}`:       `"file" may not be a JSON string`,
		`{"type":"push","version":1e9`:     "invalid JSON at byte",
		`{"type":"run","options":"x"}`:     "options of a run: the value may not be a JSON string",
		`{"type":"run","options":{"x":1}}`: `options of a run: unknown field "x"`,
	} {
		if _, err := wire.DecodeClient([]byte(raw), lim); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v; want %q", raw, err, want)
		}
	}
	m, err := wire.DecodeClient([]byte(`{"type":"stop","run":"\\ud800 \ud83d\ude00"}`), lim)
	if s, ok := m.(*wire.StopMsg); err != nil || !ok || s.Run != `\ud800 😀` {
		t.Errorf("an escaped backslash and a whole pair: %#v, %v", m, err)
	}
}
