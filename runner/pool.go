package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// pool keeps unused boxes ready. It hands out each box once, and destroys it when it is
// returned.
//
// Every box counts against places from before it is made until it is gone. A request
// takes over the place of its warm box.
type pool struct {
	backend Backend
	spec    BoxSpec // of warm boxes
	want    int
	log     *slog.Logger

	ctx    context.Context // ends at close: no more boxes are made ahead
	cancel context.CancelFunc
	work   sync.WaitGroup // boxes being made ahead or destroyed

	mu     sync.Mutex
	warm   []warmBox
	making int
	closed bool
}

// warmBox is a box that was made ahead, and the toolchain that it has; zero if that is not
// known.
type warmBox struct {
	Box
	toolchain Toolchain
}

// destroyTime bounds how long a runner waits for one box to be gone. After a failure to
// make a warm box, the pool tries again after retryTime. The next box begins nextTime after
// a run's end, whose delivery it would slow down.
const (
	destroyTime = 30 * time.Second
	retryTime   = 2 * time.Second
	nextTime    = 2 * time.Millisecond
)

func newPool(backend Backend, spec BoxSpec, want int, log *slog.Logger) *pool {
	p := &pool{backend: backend, spec: spec, want: want, log: log}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.fill()
	return p
}

// take returns a box: a warm one if more than spare have this spec, otherwise a new one.
// warm reports which. stale reports that a warm box is older than tc, the toolchain that its
// backend has by now.
func (p *pool) take(ctx context.Context, spec BoxSpec, tc Toolchain, spare int) (box Box, warm, stale bool, err error) {
	if spec == p.spec {
		p.mu.Lock()
		if n := len(p.warm); n > spare {
			// The oldest box: its agent has surely reached its first read.
			box, stale = p.warm[0].Box, p.warm[0].toolchain != tc
			p.warm = p.warm[1:]
		}
		p.mu.Unlock()
		if box != nil {
			return box, true, stale, nil
		}
	}
	box, err = p.backend.NewBox(ctx, spec)
	if err != nil {
		if ctx.Err() != nil {
			return nil, false, false, ctx.Err()
		}
		return nil, false, false, fmt.Errorf("%w: %w", ErrBackend, err)
	}
	return box, false, false, nil
}

// replace destroys, in the background, a box that has served a request, and makes a new one
// without waiting until it is gone. Until then, it has the place of the request.
func (p *pool) replace(box Box, done func()) {
	p.destroy(box, done)
	p.work.Go(func() {
		select {
		case <-p.ctx.Done():
		case <-time.After(nextTime):
			p.fill()
		}
	})
}

// destroy destroys a box in the background and then makes a new one.
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

// fill makes warm boxes up to the wanted number.
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
		// Before the box: if it changes meanwhile, the box does not pass for a newer one.
		tc, _ := p.backend.Toolchain(p.ctx, p.spec.Channel)
		box, err := p.backend.NewBox(p.ctx, p.spec)
		if err == nil {
			p.keep(warmBox{box, tc})
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

func (p *pool) keep(box warmBox) {
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

// drop replaces all warm boxes after one of them was found dead: the cause, such as a
// restart of the engine, has killed all of them.
func (p *pool) drop() {
	p.mu.Lock()
	old := p.warm
	p.warm = nil
	p.mu.Unlock()
	for _, box := range old {
		p.destroy(box, func() {})
	}
}

// close destroys the warm boxes and waits until all boxes are gone.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.drop()
	p.work.Wait()
}

// ready returns the number of warm boxes.
func (p *pool) ready() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.warm)
}
