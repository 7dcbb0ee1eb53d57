package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func chunk(kind byte, data string) string {
	var h [8]byte
	h[0] = kind
	binary.BigEndian.PutUint32(h[4:], uint32(len(data)))
	return string(h[:]) + data
}

func TestDemux(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 10_000)
	tests := []struct {
		name, stream string
		stdout, tail string
		err          error
	}{
		{name: "nothing"},
		{name: "one chunk", stream: chunk(1, "out"), stdout: "out"},
		{name: "both", stream: chunk(1, "a") + chunk(2, "x") + chunk(1, "b") + chunk(2, "y"), stdout: "ab", tail: "xy"},
		{name: "empty chunks", stream: chunk(1, "") + chunk(2, "") + chunk(1, "a") + chunk(1, ""), stdout: "a"},
		{name: "the engine's words", stream: chunk(3, "it broke"), tail: "it broke"},
		{name: "long", stream: chunk(1, long) + chunk(2, long), stdout: long, tail: long[len(long)-maxDiagnostics:]},
		{name: "end in a header", stream: chunk(1, "a") + "\x01\x00", stdout: "a", err: ErrStream},
		{name: "end in a chunk", stream: chunk(1, "abc")[:10], stdout: "ab", err: ErrStream},
		{name: "end in a message", stream: chunk(2, "abc")[:10], tail: "ab", err: ErrStream},
		{name: "no such stream", stream: chunk(4, "a"), err: ErrStream},
		{name: "no header", stream: "HTTP/1.1 500 Internal Server Error\r\n", err: ErrStream},
		{name: "monstrous chunk", stream: "\x01\x00\x00\x00\xff\xff\xff\xffabc", err: ErrStream},
		{name: "monstrous message", stream: "\x02\x00\x00\x00\xff\xff\xff\xffabc", err: ErrStream},
	}
	for _, tt := range tests {
		for way, wrap := range map[string]func(io.Reader) io.Reader{
			"whole":     func(r io.Reader) io.Reader { return r },
			"by byte":   iotest.OneByteReader,
			"late EOF":  iotest.DataErrReader,
			"half read": iotest.HalfReader,
		} {
			d := NewDemux(wrap(strings.NewReader(tt.stream)))
			got, err := io.ReadAll(d)
			if string(got) != tt.stdout || string(d.Diagnostics()) != tt.tail || !errors.Is(err, tt.err) {
				t.Errorf("%s, %s: %d bytes, %d of diagnostics, %v", tt.name, way, len(got), len(d.Diagnostics()), err)
			}
			if _, again := d.Read(make([]byte, 1)); again == nil {
				t.Errorf("%s, %s: reading on works", tt.name, way)
			}
		}
	}
}

// Whatever comes, Demux neither panics nor holds more than its bounds nor
// returns bytes that were not there.
func FuzzDemux(f *testing.F) {
	f.Add([]byte(chunk(1, "a")+chunk(2, "b")), 3)
	f.Add([]byte(chunk(3, "a")), 1)
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff"), 8)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		d := NewDemux(bytes.NewReader(stream))
		buf := make([]byte, 1+uint(size)%4096)
		total := 0
		for {
			n, err := d.Read(buf)
			total += n
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, ErrStream) {
					t.Fatalf("an error that the stream cannot have: %v", err)
				}
				break
			}
		}
		if total > len(stream) || cap(d.tail) > 4*maxDiagnostics {
			t.Fatalf("%d bytes of %d, %d held", total, len(stream), cap(d.tail))
		}
	})
}
