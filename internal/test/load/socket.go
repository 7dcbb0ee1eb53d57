package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

// links are those of a session.
type links struct{ Edit, View, Error string }

func create(url, source string) (links, error) {
	body, err := json.Marshal(map[string]string{"source": source})
	if err != nil {
		return links{}, err
	}
	res, err := http.Post(url+"/api/v1/sessions", "application/json", bytes.NewReader(body))
	if err != nil {
		return links{}, err
	}
	defer res.Body.Close()
	var made links
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil {
		return links{}, err
	}
	if made.Edit == "" {
		return links{}, fmt.Errorf("create: %s: %s", res.Status, made.Error)
	}
	return made, nil
}

// socket is a connection to a session. It has one reader and one writer.
type socket struct {
	ws  *websocket.Conn
	id  string
	buf bytes.Buffer
}

// dial connects and says hello; the socket's id is what others see.
func dial(url string) (*socket, error) {
	d := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 512, HandshakeTimeout: 30 * time.Second}
	ws, _, err := d.Dial(url, nil)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	key := wire.NewKey()
	s := &socket{ws: ws, id: string(wire.ClientOf(key, ""))}
	return s, s.write(fmt.Appendf(nil, `{"type":"hello","protocol":%d,"key":%q,"name":"load"}`, wire.ProtocolVersion, key))
}

func (s *socket) write(m []byte) error { return s.ws.WriteMessage(websocket.TextMessage, m) }

// read gives the next message; the bytes are good until the next call.
func (s *socket) read() ([]byte, error) {
	_, r, err := s.ws.NextReader()
	if err != nil {
		return nil, err
	}
	s.buf.Reset()
	_, err = s.buf.ReadFrom(r)
	return s.buf.Bytes(), err
}

func (s *socket) close() { s.ws.Close() }

// message is what of the server's messages the load needs.
type message struct {
	Type    string
	Version int
	Client  string
	Seq     int
	Epoch   string
	Code    string

	Run, Stage, Stream, Verdict string
	Offset                      int
	Data                        []byte
}

// parse reads a message. Entries and acknowledgements, which are nearly all,
// are taken apart by hand: the processors are the server's too, and its real
// clients are elsewhere.
func parse(data []byte) (message, error) {
	var m message
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
	m = message{}
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
