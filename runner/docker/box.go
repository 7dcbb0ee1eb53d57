package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
)

// Box is a container.
type Box struct {
	engine *engine.Engine
	reaper *reaper
	name   string
	id     string         // empty until it is created
	stream *engine.Stream // nil until it is attached
	give   func()         // gives its user back

	ending chan struct{} // closed when Destroy begins

	mu       sync.Mutex
	shares   int64 // that the box should have
	weighing bool  // a goroutine asks the engine for them

	once sync.Once
	gone chan struct{} // closed when Destroy is through
	err  error         // what came of it
}

var _ runner.Box = (*Box)(nil)

// Read reads what the agent writes. When the agent is gone it returns io.EOF, wrapped
// in the agent's standard error, if any: a healthy agent writes nothing there.
func (b *Box) Read(p []byte) (int, error) {
	n, err := b.stream.Read(p)
	if errors.Is(err, io.EOF) {
		if said := bytes.TrimSpace(b.stream.Diagnostics()); len(said) > 0 {
			err = fmt.Errorf("box %s: %q: %w", b.name, said, err)
		}
	}
	return n, err
}

// Write writes to the agent.
func (b *Box) Write(p []byte) (int, error) { return b.stream.Write(p) }

// ID is the container's name.
func (b *Box) ID() string { return b.name }

// counterTime is how long Counters waits for the engine to notice that a
// container is dead, which it learns from its runtime after the stream ended.
const counterTime = 2 * time.Second

// Counters asks the engine whether the kernel killed for memory. The answer is
// for the whole box: engines also say yes when a process other than the agent was
// killed. The agent's own reports are better as long as it lives.
func (b *Box) Counters() (runner.Counters, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	for end := time.Now().Add(counterTime); ; {
		state, err := b.engine.State(ctx, b.id)
		if err != nil {
			return runner.Counters{}, err
		}
		if state.OOMKilled {
			return runner.Counters{OOMKills: 1}, nil
		}
		if !state.Running || time.Now().After(end) {
			return runner.Counters{}, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// The weight of a box, which is the engine's default, and of one that has yielded; and how
// long it must live on for that: an engine takes 30 ms to change it, which is more than
// most programs need.
const (
	fullShares  = 1024
	yieldShares = 100
	yieldAfter  = 250 * time.Millisecond
)

// Yield implements runner.Box.
func (b *Box) Yield() { b.weigh(yieldShares) }

// Hurry implements runner.Box.
func (b *Box) Hurry() { b.weigh(fullShares) }

// weigh asks the engine for another weight, after a while: most programs have ended then.
func (b *Box) weigh(shares int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	had := b.shares
	if had == 0 {
		had = fullShares
	}
	b.shares = shares
	if b.weighing {
		return
	}
	b.weighing = true
	go func() {
		late := time.NewTimer(yieldAfter)
		defer late.Stop()
		select {
		case <-late.C:
		case <-b.ending:
			return
		}
		for {
			b.mu.Lock()
			want := b.shares
			b.weighing = want != had
			b.mu.Unlock()
			if want == had {
				return
			}
			ctx, cancel := context.WithTimeout(context.Background(), askTime)
			_ = b.engine.Weigh(ctx, b.id, want) // it may have ended
			cancel()
			had = want
		}
	}()
}

// Destroy closes the stream and removes the container with all that runs in it.
// If the engine does not do it within the context, it returns an error, and the
// backend goes on trying.
func (b *Box) Destroy(ctx context.Context) error {
	b.once.Do(func() {
		close(b.ending)
		if b.stream != nil {
			b.stream.Close()
		}
		// One removal for all callers, whichever of them gives up first.
		go func() {
			defer close(b.gone)
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTime)
			defer cancel()
			target := b.id
			if target == "" {
				target = b.name // creating it failed, or only its answer
			}
			b.err = b.engine.Remove(ctx, target)
			b.reaper.died(b.name, b.err)
			b.give()
		}()
	})
	select {
	case <-b.gone:
		return b.err
	case <-ctx.Done():
		return fmt.Errorf("destroy box %s: %w", b.name, ctx.Err())
	}
}
