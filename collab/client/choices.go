package client

import (
	"maps"
	"slices"

	"github.com/corust-dev/corust/collab/wire"
)

// choices are the settings that the user has chosen and the session has not answered, by
// name.
type choices struct {
	list map[string]*choice
	sent int // changes that were sent and not answered
}

type choice struct {
	value string
	over  []string // the values that the session may send if no other member has chosen
	sent  bool
}

// choose records a choice. told is the last value from the session.
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

// over gives the settings changed by the choices.
func (c *choices) over(told wire.Settings) wire.Settings {
	all := wire.Settings{}
	maps.Copy(all, told)
	for name, ch := range c.list {
		if ch.value == "" {
			delete(all, name)
		} else {
			all[name] = ch.value
		}
	}
	return all
}

// next gives the change to send, or nil.
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

// answered records the answer to one change. Answers come in order, so the last one
// settles all.
func (c *choices) answered() {
	if c.sent--; c.sent <= 0 {
		c.forget()
	}
}

// forget gives up the choices that were sent.
func (c *choices) forget() {
	c.sent = 0
	for name, ch := range c.list {
		if ch.sent {
			delete(c.list, name)
		}
	}
}

// welcomed settles the choices that were sent before a welcome. One that did not arrive
// is sent again, unless another member has changed the setting meanwhile.
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
