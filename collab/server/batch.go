package server

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// maxBatch is how many bytes leave in one write.
const maxBatch = 32 << 10

var batches = sync.Pool{New: func() any { return new([maxBatch]byte) }}

// batchConn joins several writes into one system call, since the call is most of the
// cost of a small message and each commit of a session sends several messages to each
// viewer. It never holds a write back while the writer waits. Connections share a pool
// of buffers, so an idle connection has none.
//
// It also knows when bytes last moved, and waits for bytes on a small stack.
type batchConn struct {
	net.Conn

	in    *bufio.Reader // from this connection, if it was upgraded; only its reader uses it
	ready *readiness    // nil: unknown

	waiting atomic.Int64 // since when a read waits and no bytes have moved, in Unix nanoseconds; 0: none waits
	wrote   atomic.Int64 // when a write last succeeded

	hold atomic.Bool // writes go to buf; set with mu held

	mu  sync.Mutex
	buf *[maxBatch]byte
	n   int
}

// readBuffer is the size of the buffer of a socket, which idle ones have, too. Longer
// messages are read into the memory of the message.
const readBuffer = 512

func newBatchConn(conn net.Conn) *batchConn { return &batchConn{Conn: conn, ready: newReadiness(conn)} }

// await returns when a read would not wait, or at once if that cannot be found out. It is for
// a goroutine with a small stack: a read through a WebSocket needs four times as much.
func (b *batchConn) await() {
	if b.ready == nil {
		return
	}
	b.waiting.Store(time.Now().UnixNano())
	b.ready.wait()
	b.waiting.Store(0)
}

// Read implements net.Conn.
func (b *batchConn) Read(p []byte) (int, error) {
	b.waiting.Store(time.Now().UnixNano())
	defer b.waiting.Store(0)
	return b.Conn.Read(p)
}

// pong takes an empty WebSocket pong, if that is the next frame. It waits for the first two
// bytes of a frame, and is called between two frames by the reader.
func (b *batchConn) pong() bool {
	if b.in == nil {
		return false
	}
	head, err := b.in.Peek(2)
	if err != nil || head[0] != emptyPong[0] || head[1] != emptyPong[1] {
		return false
	}
	_, err = b.in.Discard(len(emptyPong) + 4) // a client's frame has a mask
	return err == nil
}

// emptyPong is the header of a client's final frame of type pong without a payload (RFC 6455,
// section 5.2).
var emptyPong = [2]byte{0x80 | websocket.PongMessage, 0x80}

// silent is for how long a read has waited with no bytes moving. It is 0 while what came is
// being handled: what else has come is not known then.
func (b *batchConn) silent(now time.Time) time.Duration {
	since := b.waiting.Load()
	if since == 0 {
		return 0
	}
	return now.Sub(time.Unix(0, since))
}

// quiet is how long ago a write last succeeded.
func (b *batchConn) quiet(now time.Time) time.Duration {
	return now.Sub(time.Unix(0, b.wrote.Load()))
}

// write writes to the network. A write that waited and then succeeded shows that the
// peer takes bytes, which counts as hearing from it.
func (b *batchConn) write(p []byte) (int, error) {
	begun := time.Now()
	n, err := b.Conn.Write(p)
	if err == nil {
		now := time.Now()
		b.wrote.Store(now.UnixNano())
		if since := b.waiting.Load(); since != 0 && now.Sub(begun) > waited {
			b.waiting.CompareAndSwap(since, now.UnixNano())
		}
	}
	return n, err
}

// waited is how long a write takes that had to wait for the other side.
const waited = 100 * time.Millisecond

// Write implements net.Conn. A held write reports its error at the flush.
func (b *batchConn) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.hold.Load() {
		return b.write(p)
	}
	if b.n+len(p) > maxBatch {
		_ = b.Conn.SetWriteDeadline(time.Now().Add(writeWait))
		if err := b.flush(); err != nil {
			return 0, err
		}
	}
	if len(p) > maxBatch {
		return b.write(p)
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
	b.hold.Store(true)
}

// SetWriteDeadline implements net.Conn. It has no effect on writes that are held back: each
// write to the network gets its deadline then, which saves a change of timers a message.
func (b *batchConn) SetWriteDeadline(t time.Time) error {
	if b.hold.Load() {
		return nil
	}
	return b.Conn.SetWriteDeadline(t)
}

// Flush writes what was held back, in at most the time that it is given.
func (b *batchConn) Flush(wait time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	// Also if nothing is held: a writer may have set its deadline in vain until now.
	_ = b.Conn.SetWriteDeadline(time.Now().Add(wait))
	b.hold.Store(false)
	return b.flush()
}

func (b *batchConn) flush() error {
	if b.buf == nil {
		return nil
	}
	_, err := b.write(b.buf[:b.n])
	batches.Put(b.buf)
	b.buf, b.n = nil, 0
	return err
}
