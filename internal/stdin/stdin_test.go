package stdin

import (
	"bytes"
	"io"
	"testing"
)

// Input that is not read is bounded; what is read makes room. After the end, there is
// nothing to refuse.
func TestBufferIsBounded(t *testing.T) {
	t.Parallel()
	b := New(4 << 10)
	for range 4 {
		if !b.Add(bytes.Repeat([]byte("a"), 1024), false) {
			t.Fatal("there is no room")
		}
	}
	if b.Add([]byte("b"), false) {
		t.Error("4097 bytes are held")
	}
	if n, err := b.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	if !b.Add([]byte("c"), true) {
		t.Error("what was read takes room")
	}
	if !b.Add([]byte("d"), false) {
		t.Error("input after the end is refused")
	}
	if data, err := io.ReadAll(b); len(data) != 4<<10 || data[len(data)-1] != 'c' || err != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
