package runner

import "sync"

// outbox buffers events between a box and a caller that may be slower. It never blocks
// the box. It joins adjacent pieces of one stream and drops waits that are over, so the
// caps on output and the few other events of a run bound its memory.
type outbox struct {
	emit func(Event)
	done chan struct{}

	mu     sync.Mutex
	ready  sync.Cond
	events []Event
	closed bool
}

func newOutbox(emit func(Event)) *outbox {
	o := &outbox{emit: emit, done: make(chan struct{})}
	o.ready.L = &o.mu
	if emit == nil {
		close(o.done)
		return o
	}
	go o.deliver()
	return o
}

func (e *Event) isWait() bool { return e.Kind == KindStdinWait || e.Kind == KindStdinResume }

// put adds an event.
func (o *outbox) put(e Event) {
	if o.emit == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.events); n > 0 && o.events[n-1].Kind == e.Kind && o.events[n-1].Stage == e.Stage {
		last := &o.events[n-1]
		switch e.Kind {
		case KindStdout, KindStderr, KindProduct:
			if last.Product != e.Product {
				break // another step's
			}
			last.Data = append(last.Data, e.Data...)
			return
		case KindQueued:
			last.Position = e.Position
			return
		}
	}
	if n := len(o.events); n > 0 && o.events[n-1].isWait() && e.isWait() {
		o.events = o.events[:n-1] // the wait is over; drop both
		return
	}
	e.Data = append([]byte(nil), e.Data...)
	o.events = append(o.events, e)
	o.ready.Signal()
}

func (o *outbox) deliver() {
	defer close(o.done)
	for {
		o.mu.Lock()
		for len(o.events) == 0 && !o.closed {
			o.ready.Wait()
		}
		batch := o.events
		o.events = nil
		o.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, e := range batch {
			o.emit(e)
		}
	}
}

// close waits until everything is delivered. It may be called again.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.ready.Signal()
	o.mu.Unlock()
	<-o.done
}
