package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrStream marks bytes from an attached container that are not the engine's
// multiplexed stream.
var ErrStream = errors.New("container stream violated")

// maxChunk is the most bytes that one chunk of the multiplexed stream may claim
// to have. Engines send at most 32 KiB; a larger claim costs nothing here, as
// chunks are never held, but one beyond all reason means that we are not
// reading what we think.
const maxChunk = 16 << 20

// maxDiagnostics is how much of the container's standard error is kept: the
// last bytes of it.
const maxDiagnostics = 4 << 10

// The streams that a chunk may belong to.
const (
	chunkStdin  = 0 // never sent by the engine, tolerated as standard output was in old ones
	chunkStdout = 1
	chunkStderr = 2
	chunkSystem = 3 // the engine's own words about the stream
)

// Demux takes the multiplexed stream of an attached container apart while it is
// read: standard output goes to the caller, the end of standard error and of the
// engine's own messages is kept for Diagnostics. It holds no chunk in memory and
// allocates nothing that the stream could make it allocate.
type Demux struct {
	r    io.Reader
	left uint32 // of the current chunk, which is standard output
	tail []byte
	err  error
}

// NewDemux returns a Demux on r, which should be buffered.
func NewDemux(r io.Reader) *Demux { return &Demux{r: r} }

// Read reads standard output. Between chunks the end of the stream is io.EOF,
// inside one it is [ErrStream]. An error is final.
func (d *Demux) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for d.err == nil && d.left == 0 {
		d.err = d.next()
	}
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.r.Read(p[:min(uint32(min(len(p), maxChunk)), d.left)])
	d.left -= uint32(n)
	switch {
	case err != nil && d.left > 0:
		d.err = inside(err)
	case err != nil:
		d.err = err
	}
	if n > 0 {
		return n, nil
	}
	return 0, d.err
}

// next reads headers, and what is not for the caller, up to the next bytes that
// are.
func (d *Demux) next() error {
	var header [8]byte
	if _, err := io.ReadFull(d.r, header[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return inside(err)
		}
		return err
	}
	kind, size := header[0], binary.BigEndian.Uint32(header[4:])
	if kind > chunkSystem || header[1] != 0 || header[2] != 0 || header[3] != 0 {
		return fmt.Errorf("%w: header % x", ErrStream, header)
	}
	if size > maxChunk {
		return fmt.Errorf("%w: chunk of %d bytes", ErrStream, size)
	}
	if kind == chunkStdin || kind == chunkStdout {
		d.left = size
		return nil
	}
	return d.keep(size)
}

// keep reads size bytes and remembers the last of them.
func (d *Demux) keep(size uint32) error {
	var buf [1024]byte
	for size > 0 {
		n, err := d.r.Read(buf[:min(size, uint32(len(buf)))])
		size -= uint32(n)
		d.tail = append(d.tail, buf[:n]...)
		if over := len(d.tail) - maxDiagnostics; over > 0 {
			d.tail = append(d.tail[:0], d.tail[over:]...)
		}
		if err != nil && size > 0 {
			return inside(err)
		}
	}
	return nil
}

// inside is what err means in the middle of a chunk.
func inside(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends inside a chunk", ErrStream)
	}
	return err
}

// Diagnostics returns the last bytes of standard error and of the engine's
// messages read so far. It must not be called while Read runs.
func (d *Demux) Diagnostics() []byte { return d.tail }
