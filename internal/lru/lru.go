// Package lru holds values in memory up to a number of bytes, which their owners share
// fairly.
package lru

import "container/list"

// Cache holds the most recently used values. New makes it. It is not safe for concurrent
// use.
type Cache[K comparable, V any] struct {
	most, size int64
	by         map[K]*list.Element
	order      list.List // of *entry, used last first
	held       Holdings
}

type entry[K comparable, V any] struct {
	key   K
	owner string
	value V
	size  int64
}

// New returns a cache of at most this number of bytes.
func New[K comparable, V any](most int64) Cache[K, V] {
	return Cache[K, V]{most: most, by: map[K]*list.Element{}, held: Holdings{}}
}

// Size returns how many bytes the values have.
func (c *Cache[K, V]) Size() int64 { return c.size }

// Get returns the value of a key, or the zero value.
func (c *Cache[K, V]) Get(key K) V {
	e := c.by[key]
	if e == nil {
		var none V
		return none
	}
	c.order.MoveToFront(e)
	return e.Value.(*entry[K, V]).value
}

// Put adds a value in the place of an earlier one of its key, and removes others until all
// fit: the least recently used of the heaviest owner, if there is one. A value that does not
// fit alone is not added; Put reports whether it was.
func (c *Cache[K, V]) Put(key K, owner string, value V, size int64) bool {
	c.Remove(key)
	if size > c.most {
		return false
	}
	c.by[key] = c.order.PushFront(&entry[K, V]{key, owner, value, size})
	c.held.Add(owner, size)
	c.size += size
	for c.size > c.most {
		e := c.order.Back()
		for owner := c.held.Heaviest(c.most); owner != "" && e.Value.(*entry[K, V]).owner != owner; {
			e = e.Prev()
		}
		c.Remove(e.Value.(*entry[K, V]).key)
	}
	return true
}

// Remove removes the value of a key, if there is one.
func (c *Cache[K, V]) Remove(key K) {
	if e := c.by[key]; e != nil {
		v := e.Value.(*entry[K, V])
		c.size -= v.size
		c.held.Add(v.owner, -v.size)
		c.order.Remove(e)
		delete(c.by, key)
	}
}

// Holdings are the bytes that each owner has. What has no owner is not counted.
type Holdings map[string]int64

// Add counts bytes of an owner.
func (h Holdings) Add(owner string, n int64) {
	if owner == "" {
		return
	}
	if h[owner] += n; h[owner] == 0 {
		delete(h, owner)
	}
}

// Heaviest returns the owner with the most bytes, if these are more than a quarter of what
// all may have. What it has makes room before that of others.
func (h Holdings) Heaviest(most int64) string {
	owner, bytes := "", most/4
	for o, n := range h {
		if n > bytes {
			owner, bytes = o, n
		}
	}
	return owner
}
