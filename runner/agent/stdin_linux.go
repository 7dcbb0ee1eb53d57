package agent

import (
	"encoding/binary"
	"io"
	"sync"
)

// stdin holds what the host has sent and no step has read yet: at most
// StdinWindow bytes, which the host's credit guarantees and push enforces.
type stdin struct {
	// pushed gets a token when something comes from the host that was waited for.
	pushed chan struct{}

	mu       sync.Mutex
	ready    sync.Cond
	buf      []byte
	received int64 // bytes in all
	moving   bool  // the pump has taken bytes out that the pipe may not have yet
	awaited  bool
	eof      bool // the host will send no more
	gone     bool // the step that reads has ended
}

func newStdin() *stdin {
	s := &stdin{pushed: make(chan struct{}, 1)}
	s.ready.L = &s.mu
	return s
}

// push adds bytes from the host; none at all is end-of-file. It reports false if
// the host has sent more than its credit, or after the end.
func (s *stdin) push(p []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.eof || len(s.buf)+len(p) > StdinWindow {
		return false
	}
	s.eof = len(p) == 0
	s.buf = append(s.buf, p...)
	s.received += int64(len(p))
	s.ready.Signal()
	if s.awaited {
		s.awaited = false
		select {
		case s.pushed <- struct{}{}:
		default: // one that has not been received has the same meaning
		}
	}
	return true
}

// next waits for bytes and takes them into p. It returns 0 at end-of-file and
// after stop.
func (s *stdin) next(p []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moving = false
	for len(s.buf) == 0 && !s.eof && !s.gone {
		s.ready.Wait()
	}
	if s.gone {
		return 0
	}
	n := copy(p, s.buf)
	s.buf = append(s.buf[:0], s.buf[n:]...)
	s.moving = n > 0
	return n
}

// state returns how many bytes the host has sent, whether all of them are in the
// step's pipe, and whether the host has sent the end of the input.
func (s *stdin) state() (received int64, delivered, eof bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received, len(s.buf) == 0 && !s.moving, s.eof
}

// await asks for a token in pushed when the host sends something. It reports
// false if the host has sent more than so many bytes, or the end.
func (s *stdin) await(received int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awaited = s.received == received && !s.eof
	return s.awaited
}

// stop ends next. What comes later piles up in the window and is dropped with
// the box.
func (s *stdin) stop() {
	s.mu.Lock()
	s.gone = true
	s.mu.Unlock()
	s.ready.Broadcast()
}

// pump copies to the step's pipe until either end closes, and closes it. Credit
// goes back to the host only for what the pipe took.
func (s *stdin) pump(w io.WriteCloser, out *Writer) {
	defer w.Close()
	buf := make([]byte, 16<<10)
	var credit [4]byte
	for {
		n := s.next(buf)
		if n == 0 {
			return
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return // the program has closed its stdin or is gone
		}
		binary.BigEndian.PutUint32(credit[:], uint32(n))
		if out.Write(TypeStdinCredit, credit[:]) != nil {
			return
		}
	}
}
