package rustc

import (
	"bytes"

	"github.com/corust-dev/corust/runner"
)

// StandardInput is the standard error of rustfmt, which calls what it reads from its
// standard input <stdin>. What comes out names the file Name in the places that messages
// point to.
type StandardInput struct {
	Name string
}

// pointer is how rustfmt points to a place in its standard input.
var pointer = []byte("--> <stdin>:")

// Decode begins to read one stream, as runner.Planner says of decoders. There are no
// diagnostics in it.
func (s StandardInput) Decode(text func([]byte)) runner.Decoder {
	return &renamer{text: text, to: []byte("--> " + s.Name + ":")}
}

// renamer replaces pointer in a stream. It holds back what may be its beginning.
type renamer struct {
	text func([]byte)
	to   []byte
	held []byte
}

// Write implements runner.Decoder.
func (r *renamer) Write(data []byte) {
	data = bytes.ReplaceAll(append(r.held, data...), pointer, r.to)
	n := min(len(data), len(pointer)-1)
	for n > 0 && !bytes.HasSuffix(data, pointer[:n]) {
		n--
	}
	r.held = bytes.Clone(data[len(data)-n:])
	if data = data[:len(data)-n]; len(data) > 0 {
		r.text(data)
	}
}

// Close implements runner.Decoder.
func (r *renamer) Close() {
	if len(r.held) > 0 {
		r.text(r.held)
	}
	r.held = nil
}
