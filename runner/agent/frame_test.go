package agent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

func frame(typ Type, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{byte(typ)}, uint32(len(payload))), payload...)
}

func TestFramesComeBack(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	payloads := [][]byte{nil, {0}, []byte("x"), bytes.Repeat([]byte{0xff}, MaxPayload-1), bytes.Repeat([]byte("y"), MaxPayload)}
	for _, p := range payloads {
		if err := w.Write(TypeStdout, p); err != nil {
			t.Fatal(err)
		}
	}
	whole := b.Bytes()
	for name, stream := range map[string]io.Reader{
		"at once":      bytes.NewReader(whole),
		"by bytes":     iotest.OneByteReader(bytes.NewReader(whole)),
		"in halves":    iotest.HalfReader(bytes.NewReader(whole)),
		"end with EOF": iotest.DataErrReader(bytes.NewReader(whole)),
	} {
		r := NewReader(stream)
		for i, want := range payloads {
			typ, got, err := r.Next()
			if err != nil || typ != TypeStdout || !bytes.Equal(got, want) {
				t.Fatalf("%s: frame %d: %q, %d bytes, %v", name, i, byte(typ), len(got), err)
			}
		}
		if _, _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

func TestWriterRefusesLongFrames(t *testing.T) {
	var b bytes.Buffer
	err := NewWriter(&b).Write(TypeStdout, make([]byte, MaxPayload+1))
	if !errors.Is(err, ErrProtocol) || b.Len() > 0 {
		t.Errorf("%v, %d bytes written", err, b.Len())
	}
}

// Writers share a stream without cutting into each other's frames.
func TestWriterIsAtomic(t *testing.T) {
	host, box := io.Pipe()
	w := NewWriter(box)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				w.Write(TypeStdout, bytes.Repeat([]byte{byte(i)}, 100*i+1))
			}
		})
	}
	go func() {
		all.Wait()
		box.Close()
	}()
	r, n := NewReader(host), 0
	for {
		_, p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil || len(bytes.Trim(p, string(p[:1]))) > 0 || len(p) != 100*int(p[0])+1 {
			t.Fatalf("frame %d is mixed: %v", n, err)
		}
		n++
	}
	if n != 400 {
		t.Errorf("%d frames arrived", n)
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, stream := range map[string][]byte{
		"half a header":     {'o', 0, 0},
		"half a payload":    frame(TypeStdout, []byte("abc"))[:7],
		"no payload":        {'o', 0, 0, 0, 1},
		"over the most":     {'o', 0, 1, 0, 1},
		"4 GiB":             {'o', 0xff, 0xff, 0xff, 0xff},
		"text":              []byte("HTTP/1.1 200 OK\r\n"),
		"half after a good": append(frame(TypeReady, []byte("{}")), 'o'),
	} {
		r := NewReader(bytes.NewReader(stream))
		var err error
		for err == nil {
			_, _, err = r.Next()
		}
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("wire cut")
	if _, _, err := NewReader(iotest.ErrReader(broken)).Next(); !errors.Is(err, broken) || errors.Is(err, ErrProtocol) {
		t.Errorf("the stream's own error became %v", err)
	}
}

// A length costs nothing before it is known to be allowed, and one buffer for
// good after that.
func TestReaderAllocates(t *testing.T) {
	r := NewReader(bytes.NewReader([]byte{'o', 0xff, 0xff, 0xff, 0xff}))
	r.Next()
	if r.buf != nil {
		t.Errorf("%d bytes were allocated for a frame of 4 GiB", cap(r.buf))
	}
	one := frame(TypeStdout, make([]byte, 1000))
	stream := bytes.NewReader(one)
	r = NewReader(stream)
	r.Next()
	if n := testing.AllocsPerRun(100, func() {
		stream.Reset(one)
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// FuzzReader: whatever the bytes, the decoder neither panics nor reads beyond
// what it reports, and what it accepts encodes to the same bytes again.
func FuzzReader(f *testing.F) {
	corpus, err := filepath.Glob("testdata/fuzz/FuzzReader/*")
	if err != nil || len(corpus) == 0 {
		f.Fatalf("the checked-in corpus is empty: %v", err)
	}
	f.Add(frame(TypeReady, []byte(`{"version":1}`)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := NewReader(bytes.NewReader(stream))
		var again bytes.Buffer
		w := NewWriter(&again)
		for {
			typ, payload, err := r.Next()
			if err != nil {
				if err != io.EOF && !errors.Is(err, ErrProtocol) {
					t.Fatalf("an error of no kind: %v", err)
				}
				if err == io.EOF && again.Len() != len(stream) {
					t.Fatalf("%d of %d bytes were read, and the end was clean", again.Len(), len(stream))
				}
				break
			}
			if len(payload) > MaxPayload || cap(payload) != len(payload) {
				t.Fatalf("a payload of %d bytes in %d", len(payload), cap(payload))
			}
			if err := w.Write(typ, payload); err != nil {
				t.Fatal(err)
			}
			for _, v := range []any{&Ready{}, &Job{}, &StepStart{}, &StepEnd{}, &End{}, &Failure{}} {
				if err := Decode(typ, payload, v); err != nil && !errors.Is(err, ErrProtocol) {
					t.Fatalf("%T: %v", v, err)
				}
			}
		}
		if !bytes.HasPrefix(stream, again.Bytes()) {
			t.Fatal("what was decoded does not encode to what was read")
		}
	})
}

func TestValidFileName(t *testing.T) {
	for _, good := range []string{"main.rs", "a/b/c.rs", "a b", "ü.txt", "a..b", "x-", "a@b", "-a", "a/-b", "-", strings.Repeat("x", 255)} {
		if err := ValidFileName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", ".", "..", "/", "/a", "../a", "a/../b", "a/..", "./a", "a//b", "a/", ".a", "a/.b",
		"a\x00b", "a\nb", "a\x1b", "a\x7f", `a\b`, "a\xff", strings.Repeat("x", 256), strings.Repeat("x/", 600) + "x",
		"short/" + strings.Repeat("y", 256),
	} {
		if err := ValidFileName(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		} else if len(err.Error()) > 3000 || strings.ContainsAny(err.Error(), "\x00\n\x1b") {
			t.Errorf("%q: the error would do harm: %q", bad, err)
		}
	}
}

// FuzzValidFileName: an accepted name stays below the root that it is put in.
func FuzzValidFileName(f *testing.F) {
	for _, s := range []string{"main.rs", "../x", "a/../../x", "/x", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if ValidFileName(name) != nil {
			return
		}
		if full := filepath.Join("/work", name); !strings.HasPrefix(full, "/work/") || full != "/work/"+name {
			t.Fatalf("%q becomes %q", name, full)
		}
		if !filepath.IsLocal(name) && os.PathSeparator == '/' {
			t.Fatalf("%q is not local", name)
		}
	})
}

// FuzzDecodeBudget: a frame of a compromised agent costs the runner no more time and
// memory than its length allows, whatever its content.
func FuzzDecodeBudget(f *testing.F) {
	for _, unit := range []string{"[", `{"a":`, `"a":1,`, `"steps":[],`, `{"name":"a"},`, `"a",`, `\u0041`, "1", " ", "\xff"} {
		f.Add("{", unit, "}")
		f.Add(`{"files":[`, unit, "]}")
		f.Add(`{"error":"`, unit, `"}`)
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		payload := []byte(testbudget.Fill(head, unit, tail))
		for _, v := range []any{&Ready{}, &Job{}, &StepStart{}, &StepEnd{}, &End{}, &Failure{}} {
			testbudget.Check(t, len(payload), func() { _ = Decode(TypeJob, payload, v) })
		}
	})
}
