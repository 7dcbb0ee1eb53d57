package runner

import (
	"sync"

	"github.com/corust-dev/corust/runner/agent"
)

// Pause stops all running programs and compilers, and their time, until Resume. It is for
// a caller that is about to be stopped by job control. Runs that start later are not
// paused.
func (r *Runner) Pause() { r.controls.each(agent.TypePause, (*agent.Deadline).Pause) }

// Resume continues the runs that Pause has stopped.
func (r *Runner) Resume() { r.controls.each(agent.TypeResume, (*agent.Deadline).Resume) }

// controls holds the controls of all current runs.
type controls struct {
	mu  sync.Mutex
	all map[*control]struct{}
}

// control is how a run is paused from outside, while its agent listens.
type control struct {
	mu    sync.Mutex
	out   *agent.Writer // nil while the agent does not listen
	limit *agent.Deadline
}

func (c *controls) add() *control {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[*control]struct{}{}
	}
	one := &control{}
	c.all[one] = struct{}{}
	return one
}

func (c *controls) remove(one *control) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, one)
}

func (c *controls) each(typ agent.Type, do func(*agent.Deadline)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for one := range c.all {
		one.mu.Lock()
		if one.out != nil && one.out.Write(typ, nil) == nil { // else its box is gone, and it ends
			do(one.limit)
		}
		one.mu.Unlock()
	}
}

func (c *control) begin(out *agent.Writer, limit *agent.Deadline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out, c.limit = out, limit
}

func (c *control) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = nil
}
