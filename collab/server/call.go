package server

import (
	"context"
	"net/http"

	"github.com/corust-dev/corust/collab/wire"
)

// Route is a part of the REST interface that another package serves. The server checks
// its requests as all others, counts them by Path, and hands the rest to Serve.
type Route struct {
	Method string
	Path   string // below the prefix, such as "/api/v1/run"
	Serve  func(*Call)
}

// Call is a request for a Route, with what the server knows of it. It is used by one
// goroutine at a time, until Serve returns.
type Call struct {
	Writer  http.ResponseWriter
	Request *http.Request

	server *Server
}

// Body decodes a JSON body into v, strictly and within the limits of the client's
// address. An empty body leaves v as it is.
func (c *Call) Body(v any) error { return c.server.decodeBody(c.Writer, c.Request, v) }

// Begin takes this many runs from what the client's address may start, and counts the request
// as one of its connections. The context ends with the client's connection and with the
// server. The owner names the address to a runner. The http.Server's deadlines no longer
// apply: the caller sets one for each write. It must call end, which may be called again.
// Begin has answered the request if it returns false.
func (c *Call) Begin(runs int) (ctx context.Context, owner string, end func(), ok bool) {
	s := c.server
	ctx, end, ok = s.stream(c.Writer, c.Request)
	if !ok {
		return nil, "", nil, false
	}
	if err := s.quotas.run(s.addr(c.Request), runs); err != nil {
		end()
		s.failure(c.Writer, err)
		return nil, "", nil, false
	}
	return ctx, s.visitor(c.Request, false).Owner, end, true
}

// Fail answers with the problem document of an error: one of this package, or of package
// wire.
func (c *Call) Fail(err error) { c.server.failure(c.Writer, err) }

// NotAcceptable answers a client that accepts none of the types of an answer.
func (c *Call) NotAcceptable(message string) {
	c.server.fail(c.Writer, http.StatusNotAcceptable, wire.CodeMalformed, message)
}

// Cached answers with data that is the same for every client and may change. A client that
// has the current data is answered with 304.
func (c *Call) Cached(contentType string, data []byte) {
	c.server.static(c.Writer, c.Request, contentType, "no-cache", data)
}
