package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// onePipe is a listener with one connection, whose time is the test's.
type onePipe struct {
	conn   chan net.Conn
	closed chan struct{}
}

func (p *onePipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conn:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *onePipe) Close() error   { close(p.closed); return nil }
func (p *onePipe) Addr() net.Addr { return &net.TCPAddr{} }

// site serves one connection with the bounds of corust serve.
func site(t *testing.T, h http.Handler) (*http.Server, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	ln := &onePipe{conn: make(chan net.Conn, 1), closed: make(chan struct{})}
	ln.conn <- theirs
	srv := httpServer(h, slog.New(slog.DiscardHandler))
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	return srv, ours
}

// Whoever sends or reads too slowly, or not at all, is cut off.
func TestASlowClientIsCutOff(t *testing.T) {
	t.Parallel()
	reads := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	doesNot := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "answer") })
	for _, tt := range []struct {
		name, request string
		h             http.Handler
		within        time.Duration
	}{
		{"headers", "GET / HTTP/1.1\r\nHost: ", reads, headerTime},
		{"body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", reads, bodyTime},
		{"body that nobody asks for", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", doesNot, bodyTime},
		{"answer", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", doesNot, answerTime},
		{"nothing", "", reads, headerTime},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv, conn := site(t, tt.h)
			_, _ = conn.Write([]byte(tt.request))
			time.Sleep(tt.within + time.Second)
			synctest.Wait()
			// It is closed: what is read now does not wait for anything.
			begun := time.Now()
			_, _ = io.Copy(io.Discard, conn)
			if late := time.Since(begun); late > 0 {
				t.Errorf("%s: open for %v longer than %v", tt.name, late, tt.within)
			}
			conn.Close()
			srv.Close()
		})
	}
}

// A download that nobody reads does not make a stop fail, and one that somebody
// reads ends first.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, reads := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			srv, conn := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(time.Second)
				fmt.Fprint(w, "answer")
			}))
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			synctest.Wait()
			answered := make(chan string, 1)
			if reads {
				go func() {
					res, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil {
						answered <- err.Error()
						return
					}
					body, _ := io.ReadAll(res.Body)
					answered <- string(body)
				}()
			}
			ctx, cancel := context.WithTimeout(t.Context(), goodbyeTime)
			defer cancel()
			if err := hangUp(ctx, srv); err != nil {
				t.Errorf("reads %v: %v", reads, err)
			}
			if reads {
				if got := <-answered; got != "answer" {
					t.Errorf("answered %q", got)
				}
			}
			conn.Close()
		})
	}
}
