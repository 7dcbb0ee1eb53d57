package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

const (
	// pingEvery is how long a connection is quiet before it is pinged, and deadAfter
	// how long nothing comes before it is taken for dead. The page has the same. What
	// counts is bytes: on a slow line, a message takes as long as it takes.
	pingEvery = 8 * time.Second
	deadAfter = 24 * time.Second
	// helloWait is how long a connection may hold a place without saying hello.
	helloWait = 5 * time.Second
	// messageTime is how long one message may take to arrive. Both clients send at most
	// half of the largest message, 1 MiB by default, which arrives in time at 4 KB/s.
	messageTime = 5 * time.Minute
	// helloCost is how many messages a hello after the first counts as.
	helloCost = 30
	// writeWait is what one write, of a part of a message or of a few short ones, may
	// take to leave.
	writeWait = deadAfter
	// handshakeWait is how long writing the answer to a handshake may take.
	handshakeWait = 10 * time.Second
	// endWait is how long writing the close frame may take.
	endWait = time.Second
	// closeCode is the WebSocket close code of all ends; the reason tells them apart.
	closeCode = 4000
)

func (s *Server) upgrader() *websocket.Upgrader {
	return &websocket.Upgrader{
		// The read buffer is that of batchConn. The rest of a message that is longer than
		// the write buffer is written from its memory, without a copy. Pooled buffers
		// would cost two allocations a message.
		WriteBufferSize:  256,
		HandshakeTimeout: handshakeWait,
		CheckOrigin:      func(*http.Request) bool { return true }, // guard has
	}
}

func (s *Server) editSocket(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if !validToken(token) {
		http.NotFound(w, r)
		return
	}
	s.socket(w, r, editToken(token).session(), false)
}

func (s *Server) viewSocket(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !validToken(id) {
		http.NotFound(w, r)
		return
	}
	s.socket(w, r, wire.SessionID(id), true)
}

// socket serves one editor's connection until it ends. It uses a separate goroutine, so
// that the handler returns and frees the buffers and the request, which net/http would
// otherwise keep as long as the connection.
func (s *Server) socket(w http.ResponseWriter, r *http.Request, id wire.SessionID, readOnly bool) {
	leave, ok := s.enter()
	if !ok {
		s.unavailable(w)
		return
	}
	addr := s.addr(r)
	release, err := s.quotas.connect(addr)
	if err != nil {
		leave()
		s.refuseSocket(w, r, err)
		return
	}
	ws, err := s.upgrader().Upgrade(w, r, nil)
	if err != nil { // it has been answered
		release()
		leave()
		return
	}
	protocol := r.URL.Query().Get("protocol")
	c := &connection{server: s, ws: ws, addr: addr, visitor: s.visitor(r, readOnly), readOnly: readOnly}
	c.messages, c.bytes = s.quotas.talk(addr)
	c.limit = rate.NewLimiter(rate.Limit(s.cfg.Limits.MessageRate), 4*s.cfg.Limits.MessageRate)
	c.gone = func() { ws.Close(); release(); leave() }
	go func() {
		if protocol != "" && protocol != strconv.Itoa(wire.ProtocolVersion) {
			c.end(wire.CodeTooOld)
			c.gone()
			return
		}
		c.join(id)
	}()
}

// join connects the socket to its session and begins to serve it.
func (c *connection) join(id wire.SessionID) {
	s := c.server
	ctx, cancel := context.WithCancel(s.ctx)
	conn, err := s.cfg.Hub.Join(ctx, id, c.visitor)
	if err != nil {
		cancel()
		c.end(s.joinCode(err))
		c.gone()
		return
	}
	s.metrics.connections.Inc()
	c.conn, c.ctx, c.cancel = conn, ctx, cancel
	c.serve()
}

// refuseSocket answers a connection above a limit. A page cannot see the status of a
// failed handshake, so its handshake succeeds and the connection ends with a reason; a
// tool gets the status.
func (s *Server) refuseSocket(w http.ResponseWriter, r *http.Request, why error) {
	if r.Header.Get("Origin") == "" {
		s.failure(w, why)
		return
	}
	s.metrics.refused.WithLabelValues("connections").Inc()
	ws, err := s.upgrader().Upgrade(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	defer ws.Close()
	(&connection{server: s, ws: ws}).end(wire.CodeBusy)
}

// joinCode is how a connection ends that could not join.
func (s *Server) joinCode(err error) wire.Code {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return wire.CodeGone
	case errors.Is(err, wire.ErrBusy):
		s.metrics.refused.WithLabelValues("busy").Inc()
		return wire.CodeBusy
	}
	if s.ctx.Err() == nil {
		s.cfg.Log.Error("join", "err", err)
	}
	return wire.CodeResume
}

// connection is one WebSocket and its connection to the session.
type connection struct {
	server   *Server
	ws       *websocket.Conn
	conn     *collab.Conn
	addr     netip.Addr
	visitor  authority.Visitor
	readOnly bool

	writing sync.Mutex // the socket has one writer at a time
	writers sync.WaitGroup
	limit   *rate.Limiter // of messages
	// messages and bytes are those of the address.
	messages, bytes *rate.Limiter
	greeted         atomic.Bool
	faults          int

	// ctx ends with the connection or the server.
	ctx          context.Context
	cancel       context.CancelFunc
	stopped      func() bool // stops what ends the connection with the server
	ping, silent *time.Timer
	gone         func() // frees the connection's place
}

// serve begins to read and write, which goes on until either ends. The connection has no
// goroutine that waits for something to write: thousands would take memory, and the time of
// every collection.
func (c *connection) serve() {
	c.stopped = context.AfterFunc(c.server.ctx, func() { c.close(wire.CodeResume) })
	c.ping = c.keepAlive(c.cancel)
	c.silent = time.AfterFunc(helloWait, func() {
		if !c.greeted.Load() {
			c.close(wire.CodeNotJoined)
		}
	})
	c.ws.SetReadLimit(int64(c.server.cfg.Limits.MessageBytes))
	pong := c.ws.PingHandler()
	c.ws.SetPingHandler(func(data string) error { return errors.Join(c.limit.Wait(c.ctx), pong(data)) })
	c.ws.SetPongHandler(func(string) error { return c.limit.Wait(c.ctx) })
	write := c.write
	c.conn.Notify(func() {
		c.writers.Add(1)
		c.server.crew.call(write)
	})
	go c.listen()
}

// listen waits for bytes, and has the crew handle the messages that come: handling takes a
// stack of 8 KB, waiting one of 2 KB.
func (c *connection) listen() {
	if line, ok := c.ws.NetConn().(*batchConn); ok {
		line.await()
	}
	c.server.crew.call(c.handle)
}

// finish ends what serve has begun.
func (c *connection) finish() {
	c.cancel()
	c.stopped()
	c.silent.Stop()
	c.ping.Stop()
	c.ws.Close() // a pending write need not wait for the editor
	c.conn.Notify(nil)
	c.writers.Wait()
	c.conn.Close()
	c.server.metrics.connections.Dec()
	c.gone()
}

// keepAlive pings a quiet connection, and closes one from which nothing comes or that
// cannot be written to, which ends its reader.
func (c *connection) keepAlive(cancel context.CancelFunc) *time.Timer {
	var timer *time.Timer
	var armed sync.WaitGroup
	armed.Add(1)
	timer = time.AfterFunc(pingEvery, func() {
		armed.Wait()
		next, alive := c.beat(time.Now())
		if !alive {
			cancel()
			c.ws.Close()
			return
		}
		timer.Reset(next)
	})
	armed.Done()
	return timer
}

// ping is a message of the protocol, since browsers hide WebSocket pings from a page.
var ping = []byte(`{"type":"ping"}`)

// beat pings or closes the connection if that is due, and returns when to call it
// again. It first sends a message, which a page can see; if the connection stays silent,
// as a tool may ignore messages, it sends a WebSocket ping, which every library answers.
func (c *connection) beat(now time.Time) (next time.Duration, alive bool) {
	line, ok := c.ws.NetConn().(*batchConn)
	if !ok {
		return pingEvery, true
	}
	silent, quiet := line.silent(now), line.quiet(now)
	if !c.writing.TryLock() {
		return pingEvery, true // a pending write has its deadline
	}
	defer c.writing.Unlock()
	if silent >= deadAfter {
		return 0, false
	}
	next = pingEvery
	if quiet < pingEvery {
		next -= quiet
	} else {
		_ = c.ws.SetWriteDeadline(now.Add(writeWait))
		if c.ws.WriteMessage(websocket.TextMessage, ping) != nil {
			return 0, false
		}
	}
	if silent >= pingEvery && c.ws.WriteControl(websocket.PingMessage, nil, now.Add(writeWait)) != nil {
		return 0, false
	}
	return max(min(next, deadAfter-silent), 10*time.Millisecond), true
}

// handle passes a message of the editor, and those that came with it, to the session.
func (c *connection) handle() {
	line, _ := c.ws.NetConn().(*batchConn)
	for c.pong(line) || c.receive() {
		if line == nil || line.in == nil || line.in.Buffered() == 0 {
			go c.listen()
			return
		}
	}
	c.finish()
}

// pong takes the answer to a ping of beat. The WebSocket would take it, too, but then wait for
// a message on a large stack.
func (c *connection) pong(line *batchConn) bool {
	return line != nil && line.pong() && c.limit.Wait(c.ctx) == nil
}

// receive waits for one message, passes it to the session, and reports whether the
// connection continues.
func (c *connection) receive() bool {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return false
	}
	// Take the buffer when a message has come, so that an idle connection has none.
	// Decoded values do not refer to it.
	buf := incoming.Get().(*bytes.Buffer)
	_, err = buf.ReadFrom(&watched{Reader: r, ctx: c.ctx, until: time.Now().Add(messageTime), allowance: c.bytes})
	ok := err == nil
	if ok {
		c.server.metrics.in.count(buf.Bytes())
		ok = c.limit.Wait(c.ctx) == nil && c.messages.Wait(c.ctx) == nil && c.take(c.ctx, kind, buf.Bytes())
	}
	if buf.Cap() <= maxBatch {
		buf.Reset()
		incoming.Put(buf)
	}
	return ok
}

// watched reads a message, until it is late, and no faster than the allowance of the
// editor's address.
type watched struct {
	io.Reader
	ctx       context.Context
	until     time.Time
	allowance *rate.Limiter
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n == 0 {
		return n, err
	}
	if time.Now().After(w.until) {
		return n, errLate
	}
	if waited := w.allowance.WaitN(w.ctx, n); waited != nil {
		return n, waited
	}
	return n, err
}

var errLate = errors.New("a message took too long to arrive")

var incoming = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// take handles one message, and reports whether the connection continues.
func (c *connection) take(ctx context.Context, kind int, data []byte) bool {
	if kind != websocket.TextMessage {
		return c.fault(data, &wire.Error{Code: wire.CodeMalformed, Message: "messages are text"})
	}
	m, err := wire.DecodeClient(data, c.server.cfg.Session)
	if errors.Is(err, wire.ErrProtocol) {
		c.end(wire.CodeTooOld)
		return false
	}
	if err != nil {
		return c.fault(data, wire.ErrorOf(err, 0))
	}
	if e := c.refuse(m); e != nil {
		return c.tell(e) == nil
	}
	switch m.(type) {
	case *wire.Ping:
		return c.tell(&wire.Pong{}) == nil
	case *wire.Pong:
		return true
	case *wire.Hello:
		// The answer to another one may be all of the text once more, and of the
		// last run.
		if c.greeted.Load() && c.limit.WaitN(ctx, min(helloCost, c.limit.Burst())) != nil {
			return false
		}
		c.greeted.Store(true)
	}
	// Once the connection has ended, the writer says why, and closes the socket.
	err = c.conn.Send(ctx, m)
	return err == nil || errors.As(err, new(*collab.Ended))
}

// refuse is why a message may not pass, or nil.
func (c *connection) refuse(m wire.ClientMessage) *wire.Error {
	s := c.server
	switch m := m.(type) {
	case *wire.Hello, *wire.CursorMsg, *wire.Ping, *wire.Pong:
		return nil
	case *wire.PushMsg:
		if c.readOnly {
			return &wire.Error{Code: wire.CodeReadOnly, Message: "this link is for watching", Seq: m.Seq}
		}
		return nil
	case *wire.RunMsg:
		if c.readOnly {
			break
		}
		if err := s.quotas.run(c.addr, 1); err != nil {
			s.metrics.refused.WithLabelValues("runs").Inc()
			return refusedBy(err)
		}
	}
	if c.readOnly {
		return &wire.Error{Code: wire.CodeReadOnly, Message: "this link is for watching"}
	}
	return nil
}

// refusedBy returns the message for a limit of the address that is reached.
func refusedBy(err error) *wire.Error {
	e := wire.ErrorOf(err, 0)
	var limit *refusal
	if errors.As(err, &limit) {
		e.Code, e.Hit = limit.code, limit.hit
	}
	return e
}

// fault answers an invalid message, and ends a connection that sends too many.
func (c *connection) fault(data []byte, e *wire.Error) bool {
	c.server.metrics.refused.WithLabelValues("malformed").Inc()
	// So that an editor that sent it in good faith can take its push back.
	var push struct {
		Type string   `json:"type"`
		Seq  wire.Seq `json:"seq"`
	}
	if json.Unmarshal(data, &push) == nil && push.Type == "push" {
		e.Seq = push.Seq
	}
	if c.faults++; c.faults > c.server.cfg.Limits.Faults {
		c.end(wire.CodeMalformed)
		return false
	}
	return c.tell(e) == nil
}

// tell sends a message of the server.
func (c *connection) tell(m wire.ServerMessage) error {
	data, err := wire.Encode(m)
	if err != nil {
		return err
	}
	return c.send(data)
}

// send sends one message, a long one in parts. Each part has its time.
func (c *connection) send(data []byte) error {
	c.server.metrics.out.count(data)
	if len(data) <= wire.PartSize {
		return c.sendPart(data)
	}
	buf := parts.Get().(*[1 + wire.PartSize]byte)
	defer parts.Put(buf)
	for rest := data; len(rest) > 0; {
		var part []byte
		part, rest = wire.CutPart(rest)
		buf[0] = wire.MorePart
		if len(rest) == 0 {
			buf[0] = wire.LastPart
		}
		if err := c.sendPart(buf[:1+copy(buf[1:], part)]); err != nil {
			return err
		}
	}
	return nil
}

var parts = sync.Pool{New: func() any { return new([1 + wire.PartSize]byte) }}

// sendPart writes one WebSocket message with a part of a protocol message.
func (c *connection) sendPart(data []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWait))
	return c.ws.WriteMessage(websocket.TextMessage, data)
}

// write sends what waits, until nothing does, or the connection ends.
func (c *connection) write() {
	defer c.writers.Done()
	for {
		if err := c.sendWaiting(); err != nil {
			code := wire.CodeResume
			var ended *collab.Ended
			if errors.As(err, &ended) && ended.Code != "" {
				code = ended.Code
			}
			c.close(code)
			return
		}
		if c.conn.Park() {
			return
		}
	}
}

// sendWaiting sends all that waits, in as few writes as it fits in.
func (c *connection) sendWaiting() error {
	batch, ok := c.ws.NetConn().(*batchConn)
	if ok {
		batch.Hold()
	}
	data, err := c.conn.Take()
	for data != nil && err == nil {
		if err = c.send(data); err == nil {
			data, err = c.conn.Take()
		}
	}
	if ok {
		err = errors.Join(err, batch.Flush(writeWait))
	}
	return err
}

// close sends the reason for the end, and closes the socket, which ends the reader.
func (c *connection) close(code wire.Code) {
	c.end(code)
	c.ws.Close()
}

// end sends the reason for the end. It does not close the socket.
func (c *connection) end(code wire.Code) {
	by := time.Now().Add(endWait)
	batch, batched := c.ws.NetConn().(*batchConn)
	if batched {
		_ = batch.Conn.SetWriteDeadline(by) // a pending write may wait for an editor that does not read
	}
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeCode, string(code)), by)
	if batched {
		_ = batch.Flush(endWait) // the writer may be holding it back
	}
}
