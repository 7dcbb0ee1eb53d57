package cache

import (
	"container/list"

	"github.com/corust-dev/corust/runner"
)

// lru holds the most recently used values, up to a number of bytes. It is not safe for
// concurrent use.
type lru struct {
	most, size int64
	by         map[runner.Hash]*list.Element
	order      list.List // of *entry, used last first
	held       holdings
}

type entry struct {
	key   runner.Hash
	owner string
	value any
	size  int64
}

// get returns a value, or nil.
func (l *lru) get(key runner.Hash) any {
	e := l.by[key]
	if e == nil {
		return nil
	}
	l.order.MoveToFront(e)
	return e.Value.(*entry).value
}

// put adds a value in the place of an earlier one of its key, and removes others until
// all fit: the least recently used of the heaviest owner, if there is one. A value that does
// not fit alone is not added.
func (l *lru) put(key runner.Hash, owner string, value any, size int64) {
	l.remove(key)
	if size > l.most {
		return
	}
	if l.by == nil {
		l.by, l.held = map[runner.Hash]*list.Element{}, holdings{}
	}
	l.by[key] = l.order.PushFront(&entry{key, owner, value, size})
	l.held.add(owner, size)
	l.size += size
	for l.size > l.most {
		e := l.order.Back()
		for owner := l.held.heaviest(l.most); owner != "" && e.Value.(*entry).owner != owner; {
			e = e.Prev()
		}
		l.remove(e.Value.(*entry).key)
	}
}

func (l *lru) remove(key runner.Hash) {
	if e := l.by[key]; e != nil {
		v := e.Value.(*entry)
		l.size -= v.size
		l.held.add(v.owner, -v.size)
		l.order.Remove(e)
		delete(l.by, key)
	}
}

// holdings are the bytes that each owner has. What has no owner is not counted.
type holdings map[string]int64

func (h holdings) add(owner string, n int64) {
	if owner == "" {
		return
	}
	if h[owner] += n; h[owner] == 0 {
		delete(h, owner)
	}
}

// heaviest returns the owner with the most bytes, if these are more than a quarter of what
// all may have. What it has makes room before that of others.
func (h holdings) heaviest(most int64) string {
	owner, bytes := "", most/4
	for o, n := range h {
		if n > bytes {
			owner, bytes = o, n
		}
	}
	return owner
}
