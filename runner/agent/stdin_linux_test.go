package agent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/synctest"
)

type closer struct {
	io.Writer
	closed chan struct{}
}

func (c closer) Close() error { close(c.closed); return nil }

// The host may have a window's worth under way and not a byte more.
func TestStdinWindow(t *testing.T) {
	s := newStdin()
	if !s.push(make([]byte, StdinWindow)) {
		t.Fatal("a whole window is refused")
	}
	if s.push([]byte{0}) {
		t.Error("one byte more is accepted")
	}
	buf := make([]byte, 1000)
	if n := s.next(buf); n != 1000 {
		t.Fatalf("%d bytes were there", n)
	}
	if !s.push(make([]byte, 1000)) || s.push([]byte{0}) {
		t.Error("room is not what was read")
	}
	s = newStdin()
	if !s.push(nil) {
		t.Error("the end is refused")
	}
	if s.push(nil) || s.push([]byte{0}) {
		t.Error("something is accepted after the end")
	}
}

func TestStdinPump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStdin()
		var program, host bytes.Buffer
		w := closer{&program, make(chan struct{})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.pump(w, NewWriter(&host))
		}()
		want := bytes.Repeat([]byte("0123456789"), 5000)
		for _, part := range [][]byte{want[:1], want[1:40000], want[40000:], nil} {
			synctest.Wait() // all credit is back
			if !s.push(part) {
				t.Fatal("refused within the credit")
			}
		}
		<-done
		<-w.closed
		if !bytes.Equal(program.Bytes(), want) {
			t.Errorf("%d bytes of %d arrived", program.Len(), len(want))
		}
		credit, r := 0, NewReader(&host)
		for {
			typ, p, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil || typ != TypeStdinCredit || len(p) != 4 {
				t.Fatalf("%q %x %v", byte(typ), p, err)
			}
			credit += int(binary.BigEndian.Uint32(p))
		}
		if credit != len(want) {
			t.Errorf("credit for %d bytes of %d", credit, len(want))
		}
	})
}

// A step that ends while the pump waits, or a program that closes its input,
// ends the pump; what had no taker gets no credit.
func TestStdinPumpEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStdin()
		var host bytes.Buffer
		w := closer{io.Discard, make(chan struct{})}
		go s.pump(w, NewWriter(&host))
		synctest.Wait()
		s.stop()
		<-w.closed

		s = newStdin()
		w = closer{failing{}, make(chan struct{})}
		go s.pump(w, NewWriter(&host))
		s.push([]byte("x"))
		<-w.closed
		if host.Len() > 0 {
			t.Errorf("%d bytes of credit for input that was not read", host.Len())
		}
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
