// Package remote connects tools to a session over a WebSocket. [Socket] is one
// connection; [Editor] keeps a client.Client connected, through lost connections and
// restarts of the server.
package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

const (
	// deadAfter is how long nothing comes, or leaves, before a connection is taken for
	// dead. The server sends something every 8 s.
	deadAfter = 24 * time.Second
	// speakEvery is how long a tool sends nothing before it answers a message with a pong.
	speakEvery = 8 * time.Second
	// dialWait is how long opening a connection may take.
	dialWait = 15 * time.Second
)

// Ended is returned when the server ends a connection. After [wire.CodeResume], connect
// again; after [wire.CodeGone], [wire.CodeReplaced] and [wire.CodeTooOld], the next
// connection would end in the same way.
type Ended struct{ Code wire.Code }

func (e *Ended) Error() string { return fmt.Sprintf("the server ended the connection: %s", e.Code) }

// Socket is a WebSocket to a session. It joins the parts of long messages and answers
// pings. Send may be called from any goroutine, Receive from one at a time.
type Socket struct {
	ws     *websocket.Conn
	buf    bytes.Buffer
	joiner wire.Joiner

	mu    sync.Mutex // the WebSocket has one writer at a time
	spoke time.Time
}

// Dial opens a WebSocket. The url is that of a session's link followed by "/socket":
// ws://host/s/TOKEN/socket to edit, or ws://host/v/ID/socket to watch. The caller sends
// a *[wire.Hello] first, within 5 s, and closes the socket.
func Dial(ctx context.Context, url string) (*Socket, error) {
	var d net.Dialer
	dialer := websocket.Dialer{
		ReadBufferSize: 1024, WriteBufferSize: 512, HandshakeTimeout: dialWait,
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := d.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &deadlineConn{conn}, nil
		},
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	ws, res, err := dialer.DialContext(ctx, url, nil)
	switch {
	case err != nil && res != nil:
		return nil, fmt.Errorf("open %s: the server answers %s: %w", url, res.Status, err)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", url, err)
	}
	ws.SetReadLimit(1 + wire.PartSize) // the longest frame of a server
	return &Socket{ws: ws, spoke: time.Now()}, nil
}

// deadlineConn gives each read and each write deadAfter: what counts is that bytes move.
type deadlineConn struct{ net.Conn }

// Read implements net.Conn.
func (c *deadlineConn) Read(p []byte) (int, error) {
	_ = c.SetReadDeadline(time.Now().Add(deadAfter))
	return c.Conn.Read(p)
}

// Write implements net.Conn.
func (c *deadlineConn) Write(p []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(deadAfter))
	return c.Conn.Write(p)
}

// Send sends a message.
func (s *Socket) Send(m wire.ClientMessage) error {
	data, err := wire.Encode(m)
	if err != nil {
		return err
	}
	return s.SendRaw(data)
}

// SendRaw sends a message that is encoded already.
func (s *Socket) SendRaw(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoke = time.Now()
	return s.ws.WriteMessage(websocket.TextMessage, data)
}

// silent reports whether the other side may wonder if the tool is still there.
func (s *Socket) silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.spoke) >= speakEvery
}

var (
	ping = []byte(`{"type":"ping"}`)
	pong = []byte(`{"type":"pong"}`)
)

// Receive waits for the next message of the session and gives its JSON, for
// [wire.DecodeServer]. The bytes are good until the next call. The error is an *[Ended]
// if the server ended the connection.
func (s *Socket) Receive() ([]byte, error) {
	for {
		frame, err := s.frame()
		if err != nil {
			return nil, err
		}
		asked := bytes.Equal(frame, ping)
		if asked || s.silent() {
			if err := s.SendRaw(pong); err != nil {
				return nil, err
			}
		}
		if asked || bytes.Equal(frame, pong) {
			continue
		}
		if message, err := s.joiner.Add(frame); message != nil || err != nil {
			return message, err
		}
	}
}

// frame gives the next WebSocket message.
func (s *Socket) frame() ([]byte, error) {
	_, r, err := s.ws.NextReader()
	if err == nil {
		s.buf.Reset()
		_, err = s.buf.ReadFrom(r)
	}
	var closed *websocket.CloseError
	if errors.As(err, &closed) && closed.Text != "" {
		return nil, &Ended{wire.Code(closed.Text)}
	}
	return s.buf.Bytes(), err
}

// Close closes the connection, and ends a Receive that waits. It may be called from any
// goroutine, and more than once.
func (s *Socket) Close() { _ = s.ws.Close() }
