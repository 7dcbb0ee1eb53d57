package main

import (
	"bytes"
	crand "crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/corust-dev/corust/collab/wire"
)

// proto is one connection's side of a protocol.
type proto interface {
	join(p *person) error                           // returns when it may edit
	push(p *person, seq int) error                  // one character; p is locked
	receive(p *person, data []byte, at int64) error // p is locked
}

func newProto(name string) proto {
	switch name {
	case "corust":
		return &corust{}
	case "rustpad":
		return &rustpad{id: -1, seen: map[int]int{}}
	default:
		return &yjs{}
	}
}

type target struct{ name, edit, view string }

// place makes the i-th session, or names it where joining makes it.
func place(proto, url string, i int) (target, error) {
	ws := "ws" + strings.TrimPrefix(url, "http")
	switch proto {
	case "corust":
		body, _ := json.Marshal(map[string]string{"source": start})
		res, err := http.Post(url+"/api/v1/sessions", "application/json", bytes.NewReader(body))
		if err != nil {
			return target{}, err
		}
		defer res.Body.Close()
		var made struct{ Edit, View, Error string }
		if err := json.NewDecoder(res.Body).Decode(&made); err != nil {
			return target{}, err
		}
		if made.Edit == "" {
			return target{}, fmt.Errorf("create: %s %s", res.Status, made.Error)
		}
		return target{edit: ws + made.Edit + "/socket", view: ws + made.View + "/socket"}, nil
	case "rustpad":
		a := fmt.Sprintf("%s/api/socket/s%d-%d", ws, os.Getpid(), i) // a new text for each run
		return target{edit: a, view: a}, nil
	default:
		n := fmt.Sprintf("s%d-%d", os.Getpid(), i)
		return target{name: n, edit: ws + "/" + n, view: ws + "/" + n}, nil
	}
}

// start is the first text of a session of corust.
const start = "fn main() {}\n"

// corust has a JSON object for each message: an entry or an acknowledgement for each version.
type corust struct {
	epoch   string
	version int
}

type corustMsg struct {
	Type    string
	Version int
	Client  string
	Seq     int
	Epoch   string
	Code    string
}

func (c *corust) join(p *person) error {
	var key [16]byte
	crand.Read(key[:])
	if err := p.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"hello","protocol":%d,"key":%q,"name":"load"}`, wire.ProtocolVersion, hex.EncodeToString(key[:]))); err != nil {
		return err
	}
	for c.epoch == "" {
		_, data, err := p.ws.ReadMessage()
		if err != nil {
			return err
		}
		var m corustMsg
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		if m.Type == "error" {
			return errors.New(m.Code)
		}
		if m.Type == "welcome" {
			c.epoch, c.version = m.Epoch, m.Version
			p.room.mu.Lock()
			p.room.ids[m.Client] = p.index
			p.room.mu.Unlock()
		}
	}
	return nil
}

func (c *corust) push(p *person, seq int) error {
	p.waiting = true
	return p.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"push","epoch":%q,"version":%d,"seq":%d,"changes":[[0,"x"],%d]}`, c.epoch, c.version, seq, len(start)+c.version))
}

func (c *corust) receive(p *person, data []byte, at int64) error {
	m, err := parseCorust(data)
	if err != nil {
		return err
	}
	switch m.Type {
	case "entry", "ack":
		if m.Version != c.version+1 {
			return fmt.Errorf("version %d after %d", m.Version, c.version)
		}
		c.version = m.Version
		if m.Type == "ack" {
			p.waiting = false
			return nil
		}
		w, ok := p.room.ids[m.Client]
		if !ok {
			return fmt.Errorf("an entry of the unknown client %q", m.Client)
		}
		return p.arrived(w, m.Seq, at)
	case "ping":
		return p.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"pong"}`))
	case "error":
		return fmt.Errorf("refused: %s", m.Code)
	}
	return nil
}

// parseCorust parses entries and acknowledgements by hand, as the other protocols are parsed.
func parseCorust(data []byte) (m corustMsg, err error) {
	if rest, ok := bytes.CutPrefix(data, []byte(`{"type":"entry","version":`)); ok {
		m.Type = "entry"
		if m.Version, rest, ok = number(rest); ok {
			if rest, ok = bytes.CutPrefix(rest, []byte(`,"client":"`)); ok {
				var client []byte
				if client, rest, ok = bytes.Cut(rest, []byte(`","seq":`)); ok {
					m.Client = string(client)
					if m.Seq, _, ok = number(rest); ok {
						return m, nil
					}
				}
			}
		}
	} else if rest, ok := bytes.CutPrefix(data, []byte(`{"type":"ack","version":`)); ok {
		m.Type = "ack"
		if m.Version, _, ok = number(rest); ok {
			return m, nil
		}
	}
	m = corustMsg{}
	return m, json.Unmarshal(data, &m)
}

func number(b []byte) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		n = 10*n + int(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}

// rustpad has messages such as
// {"History":{"start":N,"operations":[{"id":I,"operation":["x",12]}, …]}}.
type rustpad struct {
	id       int
	revision int
	seen     map[int]int // edits by id
}

func (c *rustpad) join(p *person) error {
	for c.id < 0 {
		_, data, err := p.ws.ReadMessage()
		if err != nil {
			return err
		}
		var m struct{ Identity *int }
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		if m.Identity != nil {
			c.id = *m.Identity
		}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.room.ids[strconv.Itoa(c.id)] = p.index
	return nil
}

func (c *rustpad) push(p *person, seq int) error {
	p.waiting = true
	op := `["x"]`
	if c.revision > 0 {
		op = fmt.Sprintf(`["x",%d]`, c.revision) // each edit added one
	}
	return p.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"Edit":{"revision":%d,"operation":%s}}`, c.revision, op))
}

func (c *rustpad) receive(p *person, data []byte, at int64) error {
	rest, ok := bytes.CutPrefix(data, []byte(`{"History":{"start":`))
	if !ok {
		return nil // people and cursors
	}
	from, rest, ok := number(rest)
	if !ok || from != c.revision {
		return fmt.Errorf("history from %d after %d", from, c.revision)
	}
	id := []byte(`{"id":`)
	for {
		i := bytes.Index(rest, id)
		if i < 0 {
			return nil
		}
		var n int
		if n, rest, ok = number(rest[i+len(id):]); !ok {
			return fmt.Errorf("history: %s", data)
		}
		c.revision++
		c.seen[n]++
		if n == c.id {
			p.waiting = false
			continue
		}
		w, ok := p.room.ids[strconv.Itoa(n)]
		if !ok {
			return fmt.Errorf("an edit of the unknown client %d", n)
		}
		if err := p.arrived(w, c.seen[n], at); err != nil {
			return err
		}
	}
}

// yjs is Hocuspocus: a message has a name, a type, and for a change an update of Yjs. The
// client id of a writer is its index + 1. Its clock counts its characters, each of which
// follows the one before.
type yjs struct{ buf []byte }

const (
	hSync      = 0
	hAwareness = 1
	hAuth      = 2
)

func uvar(b []byte, n int) []byte {
	for n >= 128 {
		b = append(b, byte(n)|128)
		n >>= 7
	}
	return append(b, byte(n))
}

func vstr(b []byte, s string) []byte { return append(uvar(b, len(s)), s...) }

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint() (n int) {
	for shift := 0; ; shift += 7 {
		if len(r.b) == 0 || shift > 56 {
			r.bad = true
			return 0
		}
		c := r.b[0]
		r.b = r.b[1:]
		n |= int(c&127) << shift
		if c < 128 {
			return n
		}
	}
}

func (r *reader) bytes() []byte {
	n := r.uint()
	if n > len(r.b) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (c *yjs) head(p *person, typ int) []byte { return uvar(vstr(c.buf[:0], p.room.name), typ) }

func (c *yjs) join(p *person) error {
	auth := vstr(uvar(c.head(p, hAuth), 0), "")
	if err := p.ws.WriteMessage(websocket.BinaryMessage, auth); err != nil {
		return err
	}
	step1 := append(uvar(c.head(p, hSync), 0), 1, 0) // an empty state vector
	if err := p.ws.WriteMessage(websocket.BinaryMessage, step1); err != nil {
		return err
	}
	for {
		_, data, err := p.ws.ReadMessage()
		if err != nil {
			return err
		}
		r := reader{b: data}
		r.bytes()
		switch r.uint() {
		case hAuth:
			if r.uint() == 1 {
				return errors.New("permission denied")
			}
		case hSync:
			switch r.uint() {
			case 0: // the server asks for our state, which is empty
				update := []byte{0, 0}
				m := append(uvar(uvar(c.head(p, hSync), 1), len(update)), update...)
				if err := p.ws.WriteMessage(websocket.BinaryMessage, m); err != nil {
					return err
				}
			case 1: // its state
				return nil
			}
		}
	}
}

func (c *yjs) push(p *person, seq int) error {
	client, clock := p.index+1, seq-1
	u := make([]byte, 0, 32)
	u = append(u, 1, 1) // one client, one struct
	u = uvar(u, client)
	u = uvar(u, clock)
	if clock == 0 {
		u = append(u, 4, 1) // a string, whose parent is a root
		u = vstr(u, "content")
	} else {
		u = append(u, 4|0x80) // a string after another
		u = uvar(u, client)
		u = uvar(u, clock-1)
	}
	u = vstr(u, "x")
	u = append(u, 0) // nothing deleted
	m := append(uvar(uvar(c.head(p, hSync), 2), len(u)), u...)
	return p.ws.WriteMessage(websocket.BinaryMessage, m)
}

func (c *yjs) receive(p *person, data []byte, at int64) error {
	r := reader{b: data}
	r.bytes()
	if r.uint() != hSync || r.uint() != 2 {
		return nil
	}
	r = reader{b: r.bytes()}
	for n := r.uint(); n > 0; n-- {
		structs, client := r.uint(), r.uint()
		clock := r.uint()
		for ; structs > 0; structs-- {
			if len(r.b) == 0 {
				return errors.New("a short update")
			}
			info := r.b[0]
			r.b = r.b[1:]
			if info&31 != 4 {
				return fmt.Errorf("a struct of kind %d", info&31)
			}
			if info&0x80 != 0 {
				r.uint()
				r.uint()
			}
			if info&0x40 != 0 {
				r.uint()
				r.uint()
			}
			if info&0xc0 == 0 {
				if r.uint() == 1 {
					r.bytes()
				} else {
					r.uint()
					r.uint()
				}
			}
			text := r.bytes()
			if r.bad {
				return errors.New("an invalid update")
			}
			for range text {
				clock++
				if client-1 == p.index && p.writes {
					continue
				}
				if err := p.arrived(client-1, clock, at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
