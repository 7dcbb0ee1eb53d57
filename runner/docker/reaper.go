package docker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/engine"
)

// The reaper's pace: after something went wrong it looks at once, then at
// growing intervals, and stops when a look has found nothing wrong for settle.
const (
	firstLook = 200 * time.Millisecond
	lastLook  = 10 * time.Second
	settle    = 5 * time.Second
)

// reaper removes the containers of one backend that are no longer boxes. It knows the
// boxes; when something went wrong it compares them with the engine's containers. So
// it also finds a container whose creation was given up here but went on in the
// engine.
type reaper struct {
	engine *engine.Engine
	label  string
	log    *slog.Logger

	mu    sync.Mutex
	boxes map[string]bool // names in use, from before creation until removal
	wrong chan struct{}   // holds a token when there may be something to do

	creations sync.WaitGroup // that the engine has not answered

	ctx  context.Context
	stop context.CancelFunc
	done chan struct{}
}

func newReaper(e *engine.Engine, owner string, log *slog.Logger) *reaper {
	r := &reaper{
		engine: e, label: engine.LabelOwner + "=" + owner, log: log,
		boxes: map[string]bool{}, wrong: make(chan struct{}, 1), done: make(chan struct{}),
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	go r.run()
	return r
}

// born notes a name before its container is created.
func (r *reaper) born(name string) {
	r.mu.Lock()
	r.boxes[name] = true
	r.mu.Unlock()
}

// died notes that a box is over, and how its removal went.
func (r *reaper) died(name string, err error) {
	r.mu.Lock()
	delete(r.boxes, name)
	r.mu.Unlock()
	if err != nil {
		r.log.Warn("box not removed yet", "box", name, "err", err)
		r.unsure()
	}
}

// unsure makes the reaper look.
func (r *reaper) unsure() {
	select {
	case r.wrong <- struct{}{}:
	default:
	}
}

func (r *reaper) run() {
	defer close(r.done)
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.wrong:
		}
		if !r.settle() {
			return
		}
	}
}

// settle looks again and again until all has been well for a while. It returns
// false when the reaper was stopped.
func (r *reaper) settle() bool {
	pause, wellSince := firstLook, time.Time{}
	for {
		switch err := r.look(r.ctx); {
		case err != nil:
			wellSince = time.Time{}
			if r.ctx.Err() == nil {
				r.log.Warn("cannot clean up yet", "err", err)
			}
		case wellSince.IsZero():
			wellSince = time.Now()
		case time.Since(wellSince) > settle:
			return true
		}
		select {
		case <-r.ctx.Done():
			r.unsure() // there is something left for close
			return false
		case <-time.After(pause):
			pause = min(2*pause, lastLook)
		}
	}
}

// look removes every container of the backend that is not a box.
func (r *reaper) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	list, err := r.engine.Containers(ctx, r.label)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list {
		r.mu.Lock()
		inUse := r.boxes[c.Name]
		r.mu.Unlock()
		if !inUse {
			errs = append(errs, r.engine.Remove(ctx, c.ID))
		}
	}
	return errors.Join(errs...)
}

// create creates a container. When ctx ends, it returns at once; the engine is still
// waited for, since it may create the container nevertheless, and the reaper removes it.
func (r *reaper) create(ctx context.Context, name string, cfg *engine.Config, host *engine.HostConfig) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	type answer struct {
		id  string
		err error
	}
	answers := make(chan answer, 1)
	r.creations.Go(func() {
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeTime)
		defer cancel()
		id, err := r.engine.Create(wait, name, cfg, host)
		if ctx.Err() != nil {
			r.unsure()
		}
		answers <- answer{id, err}
	})
	select {
	case a := <-answers:
		return a.id, a.err
	case <-ctx.Done():
		return "", fmt.Errorf("create container %s: %w", name, ctx.Err())
	}
}

// close stops the reaper, after the creations that are under way. If all was not known
// to be well, it looks once more.
func (r *reaper) close() error {
	r.creations.Wait()
	r.stop()
	<-r.done
	select {
	case <-r.wrong:
		if err := r.look(context.Background()); err != nil {
			return fmt.Errorf("containers may be left behind: %w", err)
		}
	default:
	}
	return nil
}
