package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
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
func site(t *testing.T, h http.Handler, log *slog.Logger) (*http.Server, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	ln := &onePipe{conn: make(chan net.Conn, 1), closed: make(chan struct{})}
	ln.conn <- theirs
	srv := httpServer(h, log)
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	return srv, ours
}

// The server closes a connection that sends or reads too slowly, or not at all.
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
		{"body of a request without one", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", doesNot, bodyTime},
		{"answer", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", doesNot, answerTime},
		{"nothing", "", reads, headerTime},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv, conn := site(t, tt.h, slog.New(slog.DiscardHandler))
			_, _ = conn.Write([]byte(tt.request))
			time.Sleep(tt.within + time.Second)
			synctest.Wait()
			// The connection is closed, so reading does not wait.
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

// A stop does not fail on an unread download, and waits for one that is read.
func TestHangUpWaitsOnlyForDownloadsThatAreRead(t *testing.T) {
	t.Parallel()
	for _, reads := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			srv, conn := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(time.Second)
				fmt.Fprint(w, "answer")
			}), slog.New(slog.DiscardHandler))
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

// The log of an HTTP server has panics and a lack of descriptors, without users' input,
// and no errors that clients cause.
func TestAnHTTPServerLogsOnlyFaultsOfTheServer(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	synctest.Test(t, func(t *testing.T) {
		srv, conn := site(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("what\na user typed") }), log)
		fmt.Fprint(conn, "GET /s/token HTTP/1.1\r\nHost: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
		srv.Close()
	})
	got := said.String()
	if !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "serve_listen_test.go") || strings.Contains(got, "typed") || strings.Contains(got, "token") {
		t.Errorf("a panic is logged as\n%s", got)
	}
	for message, told := range map[string]bool{
		"http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 1s\n": true,
		"http: TLS handshake error from 192.0.2.1:4711: EOF\n":                                     false,
	} {
		said.Reset()
		if _, err := (errorLog{log}).Write([]byte(message)); err != nil || (said.Len() > 0) != told {
			t.Errorf("%q is logged as %q, %v", message, &said, err)
		}
	}
}
