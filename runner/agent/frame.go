package agent

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxPayload is the most bytes that a frame carries. Either end closes the
// connection on a longer one before it allocates anything for it.
const MaxPayload = 64 << 10

const headerSize = 5

// Type is what a frame carries.
type Type byte

// Frames from the host.
const (
	TypeJob   Type = 'J' // a Job, JSON
	TypeFile  Type = 'F' // bytes of the job's files and programs, in order, cut anywhere
	TypeStart Type = 'G' // all files are sent: begin
	TypeStdin Type = 'I' // bytes for the step that takes stdin; empty: end-of-file

	TypePause  Type = 'P' // stop the step's processes and its time
	TypeResume Type = 'Q' // let them go on
)

// Frames from the agent.
const (
	TypeReady       Type = 'R' // a Ready, JSON
	TypeStepStart   Type = 'S' // a StepStart, JSON
	TypeStdout      Type = 'o' // bytes
	TypeStderr      Type = 'e' // bytes
	TypeStdinCredit Type = 'c' // four bytes: how many bytes of stdin were consumed
	TypeStdinWait   Type = 'w' // a StdinWait, JSON
	TypeStepEnd     Type = 'X' // a StepEnd, JSON
	TypeLeft        Type = 'L' // a Left, JSON
	TypeLeftData    Type = 'l' // bytes of the file that the last Left began
	TypeEnd         Type = 'Z' // an End, JSON
	TypeFailure     Type = '!' // a Failure, JSON
)

// ErrProtocol marks bytes that are not the protocol: a length over
// [MaxPayload], a stream that ends inside a frame, JSON that does not decode, a
// frame out of turn.
var ErrProtocol = errors.New("agent protocol violated")

// A Reader decodes frames. It is not safe for concurrent use.
type Reader struct {
	r      io.Reader
	header [headerSize]byte
	buf    []byte
}

// NewReader returns a Reader on r, which should be buffered where a read is a
// system call.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next returns the next frame. The payload is valid until the next call.
// Between frames the end of the stream is io.EOF; inside one it is
// [ErrProtocol], and so is a length over [MaxPayload].
func (r *Reader) Next() (Type, []byte, error) {
	if _, err := io.ReadFull(r.r, r.header[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil, fmt.Errorf("%w: stream ends inside a frame header", ErrProtocol)
		}
		return 0, nil, err
	}
	typ := Type(r.header[0])
	n := binary.BigEndian.Uint32(r.header[1:])
	if n > MaxPayload {
		return 0, nil, fmt.Errorf("%w: frame %q of %d bytes, at most %d", ErrProtocol, byte(typ), n, MaxPayload)
	}
	if r.buf == nil && n > 0 {
		r.buf = make([]byte, MaxPayload)
	}
	payload := r.buf[:n:n]
	if _, err := io.ReadFull(r.r, payload); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil, fmt.Errorf("%w: stream ends inside frame %q", ErrProtocol, byte(typ))
		}
		return 0, nil, err
	}
	return typ, payload, nil
}

// A Writer encodes frames, each with one Write to the stream beneath. It is
// safe for concurrent use.
type Writer struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
}

// NewWriter returns a Writer on w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write sends one frame. A payload over [MaxPayload] is refused with
// [ErrProtocol] and nothing is written.
func (w *Writer) Write(typ Type, payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("%w: frame %q of %d bytes, at most %d", ErrProtocol, byte(typ), len(payload), MaxPayload)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf[:0], byte(typ), 0, 0, 0, 0)
	binary.BigEndian.PutUint32(w.buf[1:], uint32(len(payload)))
	w.buf = append(w.buf, payload...)
	_, err := w.w.Write(w.buf)
	return err
}

// WriteJSON sends one frame with v as JSON.
func (w *Writer) WriteJSON(typ Type, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode frame %q: %w", byte(typ), err)
	}
	return w.Write(typ, payload)
}

// Decode decodes a JSON payload into v. What does not decode is [ErrProtocol].
func Decode(typ Type, payload []byte, v any) error {
	if err := json.Unmarshal(payload, v); err != nil {
		return fmt.Errorf("%w: frame %q: %v", ErrProtocol, byte(typ), err)
	}
	return nil
}
