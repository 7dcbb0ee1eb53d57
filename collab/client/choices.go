package client

import (
	"slices"

	"github.com/corust-dev/corust/collab/wire"
)

// choices are settings that a client's user chose and the session has not
// answered, by name.
type choices struct {
	list map[string]*choice
	sent int // how many changes are under way
}

type choice struct {
	value string
	over  []string // what the session may say without anybody else's having chosen
	sent  bool
}

// choose takes a choice in place of what the session last told.
func (c *choices) choose(name, value, told string) {
	if c.list == nil {
		c.list = map[string]*choice{}
	}
	now := &choice{value: value, over: []string{told}}
	if before := c.list[name]; before != nil {
		now.over = append(before.over, before.value)
	}
	c.list[name] = now
}

// next gives what is to be sent, or nil.
func (c *choices) next() wire.Settings {
	var change wire.Settings
	for name, ch := range c.list {
		if ch.sent {
			continue
		}
		if change == nil {
			change = wire.Settings{}
		}
		change[name], ch.sent = ch.value, true
	}
	if change != nil {
		c.sent++
	}
	return change
}

// answered takes the answer to one change. Answers come in order; with the last
// nothing is open.
func (c *choices) answered() {
	if c.sent--; c.sent <= 0 {
		c.forget()
	}
}

// forget gives up what has been sent.
func (c *choices) forget() {
	c.sent = 0
	for name, ch := range c.list {
		if ch.sent {
			delete(c.list, name)
		}
	}
}

// welcomed settles what was sent before a welcome: what did not arrive is sent
// again, unless somebody else has chosen meanwhile.
func (c *choices) welcomed(told wire.Settings) {
	c.sent = 0
	for name, ch := range c.list {
		if !ch.sent {
			continue
		}
		if now := told[name]; now == ch.value || !slices.Contains(ch.over, now) {
			delete(c.list, name)
			continue
		}
		ch.sent = false
	}
}
