package playground

import (
	"errors"
	"io"
	"sync"
)

// maxInput is how many bytes of standard input may wait for the program.
const maxInput = 1 << 20

var errInputFull = errors.New("too much standard input is waiting for the program")

// input is the standard input of a run, as it arrives in pieces. A nil *input is empty.
type input struct {
	mu     sync.Mutex
	more   sync.Cond
	data   []byte
	closed bool
}

func newInput() *input {
	in := &input{}
	in.more.L = &in.mu
	return in
}

// reader returns the reader for the executor.
func (in *input) reader() io.Reader {
	if in == nil {
		return nil
	}
	return in
}

// add adds text; after close it has no effect.
func (in *input) add(text string) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.closed:
		return nil
	case len(in.data)+len(text) > maxInput:
		return errInputFull
	}
	in.data = append(in.data, text...)
	in.more.Broadcast()
	return nil
}

// close ends the input after what was added.
func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.more.Broadcast()
}

// Read implements io.Reader. It blocks until there is input, or its end.
func (in *input) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.data) == 0 && !in.closed {
		in.more.Wait()
	}
	if len(in.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, in.data)
	in.data = in.data[n:]
	return n, nil
}
