package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"golang.org/x/time/rate"
)

// Bounds of imports. Each takes at most maxArchive bytes of the directory for temporary
// files, and may write some times as much to the store. Both count as bytes that its address
// sends: above its allowance, the import is read and written no faster.
const (
	maxArchive     = 32 << 20
	maxImports     = 8 // at once
	addressImports = 2
	importTime     = 10 * time.Minute
)

// importSession makes a session of an archive that another one was exported to.
func (s *Server) importSession(w http.ResponseWriter, r *http.Request) {
	token, err := s.makeImported(w, r)
	if err != nil {
		s.failure(w, err)
		return
	}
	s.metrics.created.Inc()
	s.links(w, token)
}

func (s *Server) makeImported(w http.ResponseWriter, r *http.Request) (editToken, error) {
	leave, ok := s.enter()
	if !ok {
		return "", wire.ErrResume
	}
	defer leave()
	if r.ContentLength > maxArchive {
		return "", &http.MaxBytesError{Limit: maxArchive}
	}
	addr := s.addr(r)
	release, err := s.quotas.archive(addr)
	if err != nil {
		return "", err
	}
	defer release()
	if err := s.quotas.session(addr); err != nil {
		return "", err
	}
	ctl := http.NewResponseController(w)
	_ = ctl.SetReadDeadline(time.Now().Add(importTime))
	_ = ctl.SetWriteDeadline(time.Now().Add(importTime + writeWait))
	ctx, cancel := context.WithTimeout(r.Context(), importTime)
	defer cancel()
	defer context.AfterFunc(s.ctx, func() {
		cancel()
		_ = ctl.SetReadDeadline(time.Now())
	})()
	_, allowance := s.quotas.talk(addr)
	pace := func(ctx context.Context, n int) error { return s.pace(ctx, allowance, n) }

	f, err := os.CreateTemp("", "corust-import-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) // where an open file cannot be removed
	defer f.Close()
	_ = os.Remove(f.Name()) // so that nothing stays after a kill
	size, err := io.Copy(f, &pacedBody{ctx, http.MaxBytesReader(w, r.Body, maxArchive), pace})
	if err != nil {
		return "", err
	}
	token := newEditToken()
	return token, s.cfg.Hub.Import(ctx, token.session(), f, size, pace)
}

// pace waits until an address may send n more bytes. It returns a refusal if that would be
// after the end of ctx.
func (s *Server) pace(ctx context.Context, allowance *rate.Limiter, n int) error {
	for n > 0 {
		part := min(n, allowance.Burst())
		if err := allowance.WaitN(ctx, part); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return s.quotas.tooManyBytes()
		}
		n -= part
	}
	return nil
}

// pacedBody is a body that is read as fast as its address may send.
type pacedBody struct {
	ctx  context.Context
	body io.Reader
	pace func(context.Context, int) error
}

func (p *pacedBody) Read(b []byte) (int, error) {
	n, err := p.body.Read(b)
	if err != nil && err != io.EOF && !errors.As(err, new(*http.MaxBytesError)) {
		return n, fmt.Errorf("%w: the body did not arrive", errBadRequest)
	}
	if wait := p.pace(p.ctx, n); wait != nil {
		return n, wait
	}
	return n, err
}
