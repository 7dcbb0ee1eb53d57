package runs

import (
	"io"
	"sync"
)

// Input is the standard input of a run: what members have typed and the program has
// not read yet. Its methods may be called from any goroutine. It holds what it is
// given; [State.Input] bounds that.
type Input struct {
	mu     sync.Mutex
	more   sync.Cond
	data   []byte
	closed bool
}

// NewInput makes an empty input.
func NewInput() *Input {
	i := &Input{}
	i.more.L = &i.mu
	return i
}

// Add adds what a member has typed, and ends the input if eof is set. After the end,
// it does nothing.
func (i *Input) Add(data []byte, eof bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed {
		i.data = append(i.data, data...)
		i.closed = eof
		i.more.Broadcast()
	}
}

// Read implements [io.Reader]. It waits for a member to type.
func (i *Input) Read(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.data) == 0 && !i.closed {
		i.more.Wait()
	}
	if len(i.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, i.data)
	i.data = i.data[n:]
	return n, nil
}

// Close ends the input, and with it a Read that waits.
func (i *Input) Close() error {
	i.Add(nil, true)
	return nil
}
