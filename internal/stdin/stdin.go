// Package stdin holds the standard input of a program that arrives while the program runs.
package stdin

import (
	"io"
	"sync"
)

// Buffer is what has arrived and the program has not read yet. Its methods may be called
// from any goroutine.
type Buffer struct {
	most   int // bytes; 0 is no bound
	mu     sync.Mutex
	more   sync.Cond
	data   []byte
	closed bool
}

// New makes an empty buffer that holds at most this number of bytes. 0 is no bound: then the
// caller bounds what it adds.
func New(most int) *Buffer {
	b := &Buffer{most: most}
	b.more.L = &b.mu
	return b
}

// Add adds data, and ends the input if eof is set. After the end, it does nothing. It
// reports false, and adds nothing, if there is no room for data.
func (b *Buffer) Add(data []byte, eof bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return true
	}
	if b.most > 0 && len(b.data)+len(data) > b.most {
		return false
	}
	b.data = append(b.data, data...)
	b.closed = eof
	b.more.Broadcast()
	return true
}

// Read implements [io.Reader]. It waits for data or for the end.
func (b *Buffer) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.data) == 0 && !b.closed {
		b.more.Wait()
	}
	if len(b.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

// Close ends the input, and with it a Read that waits.
func (b *Buffer) Close() error {
	b.Add(nil, true)
	return nil
}
