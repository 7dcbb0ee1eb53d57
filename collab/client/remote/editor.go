package remote

import (
	"context"
	"errors"
	"math/rand/v2"
	neturl "net/url"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/wire"
)

// An Editor connects again after a random delay of between half of a bound and the whole;
// see bound. After a connection that lasted goodAfter, the delays start again. The page
// has the same rules.
const (
	firstDelay = 250 * time.Millisecond
	soonDelay  = time.Second
	maxDelay   = 10 * time.Second
	goodAfter  = 5 * time.Second
)

// mostFollows is how many times an editor goes on at other links without a delay, until it
// has a good connection again. After that it waits as after a lost connection, so that links
// which lead to each other make no busy loop.
const mostFollows = 5

// bound returns the most that an editor waits before it connects again, after that many
// attempts, when it has had no good connection for the duration away. The bound doubles from
// firstDelay, up to soonDelay or a tenth of away, and never exceeds maxDelay: a session whose
// node was killed is back within seconds, and a server that stays away is asked rarely.
func bound(attempts int, away time.Duration) time.Duration {
	return min(firstDelay<<min(attempts, 10), max(soonDelay, away/10), maxDelay)
}

// Editor keeps a client connected to a session. It sends edits that are made without a
// connection with the next one. If the session gets other links and hands the editor one, the
// editor goes on there. Only Run and its callees use the client.
type Editor struct {
	url    string
	moved  string // where the session said that it goes on, "" if it did not
	client *client.Client
	heard  func(wire.ServerMessage, client.Update)
	todo   chan func(*Socket)
}

// NewEditor makes an editor at the address of a session; see [Dial]. It calls heard for
// each message of the session after the client has received it, with what that did to
// the text; nil hears nothing. heard must not call the editor.
func NewEditor(url string, c *client.Client, heard func(wire.ServerMessage, client.Update)) *Editor {
	if heard == nil {
		heard = func(wire.ServerMessage, client.Update) {}
	}
	return &Editor{url: url, client: c, heard: heard, todo: make(chan func(*Socket))}
}

// Do calls f with the client, in the goroutine of Run, and then sends the client's
// pending messages. It waits for f, and returns its error or that of ctx. Any goroutine
// may call it while Run runs.
func (e *Editor) Do(ctx context.Context, f func(*client.Client) error) error {
	done := make(chan error, 1)
	select {
	case e.todo <- func(*Socket) { done <- f(e.client) }:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Send sends a message that the client does not produce, such as a *[wire.RunMsg]. It
// fails without a connection.
func (e *Editor) Send(ctx context.Context, m wire.ClientMessage) error {
	done := make(chan error, 1)
	select {
	case e.todo <- func(s *Socket) {
		if s == nil {
			done <- errors.New("no connection to the session")
			return
		}
		done <- s.Send(m)
	}:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run connects, and reconnects whenever the connection is lost. It returns the error of
// ctx when that ends, or an *[Ended] if the server ends the connection with a code after
// which reconnecting is useless.
func (e *Editor) Run(ctx context.Context) error {
	lost := time.Now() // when the last good connection ended
	follows := 0       // since then
	for attempt := 0; ; attempt++ {
		began := time.Now()
		err := e.connect(ctx)
		e.client.Disconnect()
		if time.Since(began) > goodAfter {
			attempt, lost, follows = 0, time.Now(), 0
		}
		var ended *Ended
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &ended) && ended.Code == wire.CodeGone && e.moved != "":
			e.url, e.moved = e.moved, ""
			if follows++; follows <= mostFollows {
				attempt = -1
				continue
			}
		case errors.As(err, &ended) && final(ended.Code):
			return err
		}
		wait := bound(attempt, time.Since(lost))
		if err := e.pause(ctx, wait/2+rand.N(wait/2)); err != nil {
			return err
		}
	}
}

// movedURL returns the address of a session that was at url and has moved; see [Dial].
func movedURL(url string, m *wire.MovedMsg) string {
	base, ok := strings.CutSuffix(url, "/socket")
	kind, token := "/v/", m.View
	if m.Edit != "" {
		kind, token = "/s/", m.Edit
	}
	for range 2 { // the token and its kind
		base = base[:max(0, strings.LastIndexByte(base, '/'))]
	}
	if !ok || base == "" || token == "" {
		return ""
	}
	return base + kind + neturl.PathEscape(token) + "/socket"
}

// final reports whether a connection that ended with the code would end so again.
func final(code wire.Code) bool {
	return code == wire.CodeGone || code == wire.CodeReplaced || code == wire.CodeTooOld
}

// pause handles calls without a connection for the duration d.
func (e *Editor) pause(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	for {
		select {
		case f := <-e.todo:
			f(nil)
		case <-over.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// connect opens a connection, serves it until it ends, and returns the reason.
func (e *Editor) connect(ctx context.Context) error {
	s, err := e.dial(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	messages, lost := make(chan wire.ServerMessage), make(chan error, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lost <- receive(ctx, s, messages)
	}()
	defer func() {
		cancel()
		s.Close()
		<-read
	}()
	err = s.Send(e.client.Hello())
	for err == nil {
		select {
		case f := <-e.todo:
			f(s)
		case m := <-messages:
			err = e.take(s, m)
		case err = <-lost:
		case <-ctx.Done():
			err = ctx.Err()
		}
		for m := e.client.Next(); m != nil && err == nil; m = e.client.Next() {
			err = s.Send(m)
		}
	}
	return err
}

// dial opens a connection, and handles calls without one meanwhile.
func (e *Editor) dial(ctx context.Context) (s *Socket, err error) {
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		s, err = Dial(ctx, e.url)
	}()
	for {
		select {
		case f := <-e.todo:
			f(nil)
		case <-opened:
			return s, err
		}
	}
}

// receive reads messages until the connection ends, and returns the reason.
func receive(ctx context.Context, s *Socket, to chan<- wire.ServerMessage) error {
	for {
		data, err := s.Receive()
		if err != nil {
			return err
		}
		m, err := wire.DecodeServer(data)
		if err != nil {
			return err
		}
		select {
		case to <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take hands a message to the client, and asks to be synchronised again where something
// was lost on the way.
func (e *Editor) take(s *Socket, m wire.ServerMessage) error {
	if m, ok := m.(*wire.MovedMsg); ok {
		e.moved = movedURL(e.url, m)
	}
	update, err := e.client.Receive(m)
	e.heard(m, update)
	var refused *wire.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.Code != wire.CodeStale && refused.Code != wire.CodeFuture && refused.Code != wire.CodeEpoch:
		return nil // it is for heard to tell
	case errors.Is(err, wire.ErrProtocol):
		return &Ended{wire.CodeTooOld}
	}
	return s.Send(e.client.Hello())
}
