package server

import (
	"net"
	"sync"
)

// maxBatch is how many bytes leave in one write.
const maxBatch = 32 << 10

var batches = sync.Pool{New: func() any { return new([maxBatch]byte) }}

// batchConn can hold writes back and make one of them: what a session commits
// together comes to each viewer as several messages, and the system call is
// most of what a small one costs. Nothing is ever held while its writer waits.
// Buffers are shared, so that an idle connection has none.
type batchConn struct {
	net.Conn

	mu   sync.Mutex
	hold bool
	buf  *[maxBatch]byte
	n    int
}

// Write implements net.Conn. A held write reports its error at the flush.
func (b *batchConn) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.hold {
		return b.Conn.Write(p)
	}
	if b.n+len(p) > maxBatch {
		if err := b.flush(); err != nil {
			return 0, err
		}
	}
	if len(p) > maxBatch {
		return b.Conn.Write(p)
	}
	if b.buf == nil {
		b.buf = batches.Get().(*[maxBatch]byte)
	}
	b.n += copy(b.buf[b.n:], p)
	return len(p), nil
}

// Hold keeps writes back until Flush.
func (b *batchConn) Hold() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hold = true
}

// Flush writes what was held back.
func (b *batchConn) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hold = false
	return b.flush()
}

func (b *batchConn) flush() error {
	if b.buf == nil {
		return nil
	}
	_, err := b.Conn.Write(b.buf[:b.n])
	batches.Put(b.buf)
	b.buf, b.n = nil, 0
	return err
}
