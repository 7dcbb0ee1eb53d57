package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/corust-dev/corust/collab/client/remote"
	"github.com/corust-dev/corust/collab/wire"
)

// links are those of a session.
type links struct{ Edit, View, Error string }

func create(url string, files []wire.NamedFile) (links, error) {
	body, err := json.Marshal(map[string]any{"files": files})
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

// socket is a connection to a session.
type socket struct {
	*remote.Socket
	id string // as other members see it
}

// dial connects and sends a hello.
func dial(url string) (*socket, error) {
	s, err := remote.Dial(context.Background(), url)
	if err != nil {
		return nil, err
	}
	key := wire.NewKey()
	return &socket{s, string(wire.ClientOf(key, ""))}, s.Send(&wire.Hello{Protocol: wire.ProtocolVersion, Key: key, Name: "load"})
}

// message is what of the server's messages the load needs.
type message struct {
	Type    string
	Version int
	Client  string
	Seq     int
	File    wire.FileID
	Files   []wire.File
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
					if m.Seq, rest, ok = number(rest); ok {
						if rest, ok = bytes.CutPrefix(rest, []byte(`,"file":`)); ok {
							var file int
							file, _, _ = number(rest)
							m.File = wire.FileID(file)
						}
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
