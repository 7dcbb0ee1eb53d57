package runner

import (
	"sync"

	"github.com/corust-dev/corust/runner/agent"
)

// Pause stops all programs and compilers that run, and their time, until Resume;
// for a caller that is about to be stopped itself, as by a terminal. What begins
// meanwhile is not stopped.
func (r *Runner) Pause() { r.controls.each(agent.TypePause, (*agent.Deadline).Pause) }

// Resume lets what Pause has stopped go on.
func (r *Runner) Resume() { r.controls.each(agent.TypeResume, (*agent.Deadline).Resume) }

// controls are those of the runs under way.
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
