package server

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
)

// Whatever is held and flushed when, the bytes come whole and in order.
func TestBatchConn(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	a, b := net.Pipe()
	got := make(chan []byte)
	go func() {
		data, _ := io.ReadAll(b)
		got <- data
	}()
	conn := &batchConn{Conn: a}
	var want []byte
	for range 2000 {
		switch rnd.IntN(5) {
		case 0:
			conn.Hold()
		case 1:
			if err := conn.Flush(); err != nil {
				t.Fatal(err)
			}
		default:
			n := rnd.IntN(200)
			if rnd.IntN(50) == 0 {
				n = maxBatch + rnd.IntN(3) - 1
			}
			p := make([]byte, n)
			for i := range p {
				p[i] = byte(rnd.Uint32())
			}
			want = append(want, p...)
			if m, err := conn.Write(p); m != n || err != nil {
				t.Fatalf("write of %d: %d, %v", n, m, err)
			}
			clear(p) // the caller's again
		}
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if !bytes.Equal(<-got, want) {
		t.Error("other bytes came")
	}
	if conn.buf != nil {
		t.Error("an idle connection keeps a buffer")
	}
}
