package remote_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner/remote"
)

// bus delivers messages between goroutines, and does what its faults say.
type bus struct {
	mu    sync.Mutex
	rng   *rand.Rand
	subs  map[string][]*sub
	boxes int
	// lose, repeat and delay are the probabilities that a message is lost, comes twice, or
	// comes later than those behind it.
	lose, repeat, delay float64
	cut                 map[string]bool // subjects that nothing reaches
	sent                []message       // all that was published
}

type message struct {
	subject string
	data    []byte
}

type sub struct {
	group   string
	handle  func([]byte)
	pending chan []byte
	done    chan struct{}
	ended   chan struct{}
}

func newBus(rng *rand.Rand) *bus {
	return &bus{rng: rng, subs: map[string][]*sub{}, cut: map[string]bool{}}
}

func (b *bus) Inbox() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.boxes++
	return fmt.Sprint("inbox", b.boxes)
}

func (b *bus) Subscribe(subject, group string, handle func([]byte)) (func(), error) {
	s := &sub{group, handle, make(chan []byte, 4096), make(chan struct{}), make(chan struct{})}
	b.mu.Lock()
	b.subs[subject] = append(b.subs[subject], s)
	b.mu.Unlock()
	go func() {
		defer close(s.ended)
		for {
			select {
			case data := <-s.pending:
				s.handle(data)
			case <-s.done:
				return
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() {
			b.mu.Lock()
			for i, other := range b.subs[subject] {
				if other == s {
					b.subs[subject] = append(b.subs[subject][:i:i], b.subs[subject][i+1:]...)
					break
				}
			}
			b.mu.Unlock()
			close(s.done)
			<-s.ended
		})
	}, nil
}

func (b *bus) Publish(subject string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(data) > remote.MaxMessage {
		return fmt.Errorf("a message of %d bytes", len(data))
	}
	b.sent = append(b.sent, message{subject, data})
	if b.cut[subject] || b.rng.Float64() < b.lose {
		return nil
	}
	for {
		if b.rng.Float64() < b.delay {
			time.AfterFunc(time.Duration(b.rng.IntN(300))*time.Millisecond, func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.deliver(subject, data)
			})
		} else {
			b.deliver(subject, data)
		}
		if b.rng.Float64() >= b.repeat {
			return nil
		}
	}
}

// deliver gives a message to all, or to one of each group. The caller holds mu.
func (b *bus) deliver(subject string, data []byte) {
	groups := map[string][]*sub{}
	for _, s := range b.subs[subject] {
		groups[s.group] = append(groups[s.group], s)
	}
	for group, list := range groups {
		if group != "" {
			list = []*sub{list[b.rng.IntN(len(list))]}
		}
		for _, s := range list {
			select {
			case s.pending <- data:
			default: // a slow subscriber loses messages
			}
		}
	}
}

// faults changes what the bus does.
func (b *bus) faults(lose, repeat, delay float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lose, b.repeat, b.delay = lose, repeat, delay
}

// isolate cuts subjects off, or restores them.
func (b *bus) isolate(on bool, subjects ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range subjects {
		b.cut[s] = on
	}
}
