package server

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Nodes makes a server one of several nodes that share a store. Any node answers for any
// session: one that another node owns is that node's, to which sockets and requests are
// passed on, once.
type Nodes struct {
	// Elsewhere returns the URL of the node that owns a session, or "" if that is this one
	// or none. The error wraps [store.ErrNotFound] if there is no such session.
	Elsewhere func(ctx context.Context, id wire.SessionID) (string, error)
	// Secret tells what a node passed on from what a stranger sent. All nodes have the same.
	Secret string
	// Alive reports whether other nodes leave this node's sessions to it; a server whose
	// Alive is false is not ready.
	Alive func() bool
	// TLS is for connections to other nodes. If it is set, the secret counts only on
	// connections with a certificate that the listener has verified.
	TLS *tls.Config
}

// The headers of what a node passes on: the secret, and the address of the client. Those of
// strangers are removed.
const (
	secretHeader = "Corust-Node-Secret"
	clientHeader = "Corust-Node-Client"
)

// sessionsOf returns the sessions that a request may be about, as meant does, if the owner of
// the session has to answer the request. Any node can answer with a page.
func (s *Server) sessionsOf(r *http.Request) []wire.SessionID {
	path, ok := strings.CutPrefix(r.URL.Path, s.cfg.Prefix+"/")
	if !ok {
		return nil
	}
	parts := strings.Split(path, "/")
	switch {
	case len(parts) == 3 && parts[2] == "socket" && parts[0] == "s" && validToken(parts[1]):
		return []wire.SessionID{editToken(parts[1]).session()}
	case len(parts) == 3 && parts[2] == "socket" && parts[0] == "v" && validToken(parts[1]):
		return []wire.SessionID{wire.SessionID(parts[1])}
	case len(parts) >= 4 && parts[0] == "api" && parts[2] == "sessions" && validToken(parts[3]):
		return meant(parts[3])
	}
	return nil
}

// owner returns the URL of the node that a request is for, "" if that is this node or none.
// It does not ask about a session that is in memory here.
func (s *Server) owner(r *http.Request) (string, error) {
	for _, id := range s.sessionsOf(r) {
		if s.cfg.Hub.Has(id) {
			return "", nil
		}
		addr, err := s.cfg.Nodes.Elsewhere(r.Context(), id)
		if !errors.Is(err, store.ErrNotFound) {
			return addr, err
		}
	}
	return "", nil
}

// nodes passes on what another node has to answer.
func (s *Server) nodes(next http.Handler) http.Handler {
	n := s.cfg.Nodes
	if n == nil {
		return next
	}
	direct := http.DefaultTransport.(*http.Transport).Clone()
	direct.Proxy = nil // it would see the secret and the links
	if n.TLS != nil {
		direct.TLSClientConfig = n.TLS.Clone()
	}
	direct.MaxIdleConnsPerHost, direct.IdleConnTimeout = 64, nodeIdleTime
	context.AfterFunc(s.ctx, direct.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Transport: direct,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(p.In.Context().Value(passingKey{}).(passing).owner)
			p.Out.Host = p.In.Host // the owner checks it and the origin as this node has
			p.Out.Header.Set(secretHeader, n.Secret)
			p.Out.Header.Set(clientHeader, s.addr(p.In).String())
		},
		// What this node says of every answer is not said twice.
		ModifyResponse: func(res *http.Response) error {
			for name := range res.Request.Context().Value(passingKey{}).(passing).header {
				res.Header.Del(name)
			}
			return nil
		},
		FlushInterval: -1,                         // runs are streams
		ErrorLog:      log.New(io.Discard, "", 0), // it would say what ErrorHandler does
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				s.cfg.Log.Warn("the node that owns a session does not answer", "err", err)
			}
			s.unavailable(w)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr, err := s.owner(r)
		owner, bad := url.Parse(addr)
		switch {
		case err != nil || addr == "":
			next.ServeHTTP(w, r) // which fails as the store does, or loads the session
		case passedOn(r) || bad != nil || owner.Host == "":
			s.unavailable(w)
		default:
			// A socket that is passed on ends when this server does.
			ctx, cancel := context.WithCancel(context.WithValue(r.Context(), passingKey{}, passing{owner, w.Header()}))
			defer cancel()
			defer context.AfterFunc(s.ctx, cancel)()
			ctl := http.NewResponseController(w)
			// Otherwise the http.Server closes the body when the answer begins, and what reads
			// it then breaks the connection to the owner.
			_ = ctl.EnableFullDuplex()
			r = r.WithContext(ctx)
			lift := func() { _ = ctl.SetReadDeadline(time.Time{}) }
			if r.ContentLength == 0 {
				lift()
			} else {
				r.Body = readBody{r.Body, lift}
			}
			answer := passedAnswer{w, ctl}
			proxy.ServeHTTP(answer, r)
			answer.deadline() // of the end, which may come long after what was written last
		}
	})
}

// readBody calls read when the whole body has been read.
type readBody struct {
	io.ReadCloser
	read func()
}

// Read implements io.Reader.
func (b readBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.read()
	}
	return n, err
}

// passedAnswer is an answer that is passed on. It may be a stream, for which the deadlines of
// the http.Server are too short: it lasts as long as the owner's, and each write has a deadline.
type passedAnswer struct {
	http.ResponseWriter
	ctl *http.ResponseController
}

// deadline bounds what is written next.
func (a passedAnswer) deadline() { _ = a.ctl.SetWriteDeadline(time.Now().Add(writeWait)) }

// Write implements io.Writer.
func (a passedAnswer) Write(p []byte) (int, error) {
	a.deadline()
	return a.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (a passedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// passing is what a request that is passed on needs: its owner, and the header of the
// answer as this node has begun it.
type passing struct {
	owner  *url.URL
	header http.Header
}

type passingKey struct{}

// nodeIdleTime is how long a connection to another node waits for the next request: less
// than nodes wait for it.
const nodeIdleTime = 10 * time.Second

// fromNodes takes the client's address from what another node passes on, and the headers of
// nodes from everything else.
func (s *Server) fromNodes(next http.Handler) http.Handler {
	n := s.cfg.Nodes
	if n == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret, client := r.Header.Get(secretHeader), r.Header.Get(clientHeader)
		r.Header.Del(secretHeader)
		r.Header.Del(clientHeader)
		verified := n.TLS == nil || r.TLS != nil && len(r.TLS.VerifiedChains) > 0
		if verified && secret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(n.Secret)) == 1 {
			if addr := parseAddr(client); addr.IsValid() {
				r.RemoteAddr = client
				r.Header.Del("X-Forwarded-For")
				r = r.WithContext(context.WithValue(r.Context(), passedKey{}, true))
			}
		}
		next.ServeHTTP(w, r)
	})
}

type passedKey struct{}

// passedOn reports whether another node has passed a request on.
func passedOn(r *http.Request) bool {
	passed, _ := r.Context().Value(passedKey{}).(bool)
	return passed
}
