package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// pool keeps boxes ready. It holds only boxes that nothing has run in, gives
// each away once, and destroys what comes back.
//
// Every box counts against places from before it is made until it is gone. A
// warm box stands in a place that a request will take with it.
type pool struct {
	backend Backend
	spec    BoxSpec // of the warm ones
	want    int
	log     *slog.Logger

	ctx    context.Context // ends at close: no more boxes are made ahead
	cancel context.CancelFunc
	work   sync.WaitGroup // boxes being made ahead or destroyed

	mu     sync.Mutex
	warm   []Box
	making int
	closed bool
}

// destroyTime bounds how long a runner waits for one box to be gone; making
// ahead is tried again after retryTime when it failed.
const (
	destroyTime = 30 * time.Second
	retryTime   = 2 * time.Second
)

func newPool(backend Backend, spec BoxSpec, want int, log *slog.Logger) *pool {
	p := &pool{backend: backend, spec: spec, want: want, log: log}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.fill()
	return p
}

// take returns a box to use: a warm one if there is one of this spec, otherwise
// one made on the spot. warm says which.
func (p *pool) take(ctx context.Context, spec BoxSpec) (box Box, warm bool, err error) {
	if spec == p.spec {
		p.mu.Lock()
		if n := len(p.warm); n > 0 {
			// The oldest: its agent has certainly arrived at its first read.
			box = p.warm[0]
			p.warm = p.warm[1:]
		}
		p.mu.Unlock()
		if box != nil {
			return box, true, nil
		}
	}
	box, err = p.backend.NewBox(ctx, spec)
	if err != nil {
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		return nil, false, fmt.Errorf("%w: %w", ErrBackend, err)
	}
	return box, false, nil
}

// destroy gets rid of a box in the background and makes a new one behind it.
func (p *pool) destroy(box Box, done func()) {
	p.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), destroyTime)
		defer cancel()
		if err := box.Destroy(ctx); err != nil {
			p.log.Warn("box not removed", "box", box.ID(), "err", err)
		}
		done()
		p.fill()
	})
}

// fill makes boxes ahead until there are as many as wanted.
func (p *pool) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	for len(p.warm)+p.making < p.want {
		p.making++
		p.work.Go(p.makeOne)
	}
}

func (p *pool) makeOne() {
	for {
		box, err := p.backend.NewBox(p.ctx, p.spec)
		if err == nil {
			p.keep(box)
			return
		}
		if p.ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			p.log.Warn("cannot make a box ahead", "err", err)
		}
		select {
		case <-p.ctx.Done():
			p.mu.Lock()
			p.making--
			p.mu.Unlock()
			return
		case <-time.After(retryTime):
		}
	}
}

func (p *pool) keep(box Box) {
	p.mu.Lock()
	p.making--
	closed := p.closed
	if !closed {
		p.warm = append(p.warm, box)
	}
	p.mu.Unlock()
	if closed {
		p.destroy(box, func() {})
	}
}

// drop throws the warm boxes away and makes others, when one of them turned out
// to be dead: what killed one, an engine that restarted, has killed all.
func (p *pool) drop() {
	p.mu.Lock()
	old := p.warm
	p.warm = nil
	p.mu.Unlock()
	for _, box := range old {
		p.destroy(box, func() {})
	}
}

// close destroys what is warm and waits for all boxes to be gone.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.drop()
	p.work.Wait()
}

// ready is how many warm boxes there are.
func (p *pool) ready() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.warm)
}
