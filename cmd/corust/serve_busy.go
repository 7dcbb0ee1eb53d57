package main

import (
	"runtime"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/proctime"
)

// A server is busy if it has used more than a tenth of the processors for a second. What
// runs in boxes does not count: it has a lower weight, and the runner's places bound it.
const (
	busyPart = 10
	busySpan = time.Second
)

// meter tells whether this process is busy, by the processor time that it uses.
type meter struct {
	now, used  func() time.Duration // the clock, and the processor time of this process
	processors int

	mu         sync.Mutex
	at, usedAt time.Duration // of the last measurement
	last       bool          // whether it was busy then
}

func newMeter() *meter {
	began := time.Now()
	return &meter{now: func() time.Duration { return time.Since(began) }, used: proctime.Used, processors: runtime.GOMAXPROCS(0), usedAt: proctime.Used()}
}

// busy reports whether the server was busy when it was last measured. It measures at most
// once in busySpan, over the time since the last measurement.
func (m *meter) busy() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if span := now - m.at; span >= busySpan {
		used := m.used()
		m.last = (used-m.usedAt)*busyPart > span*time.Duration(m.processors)
		m.at, m.usedAt = now, used
	}
	return m.last
}
