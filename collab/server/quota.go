package server

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what one address, and all together, may ask for. A zero field
// stands for its default; a negative one lifts the limit.
type Limits struct {
	// Connections at once, in all and for an address.
	Connections        int // 10,000
	AddressConnections int // 64
	// Sessions that an address may create in an hour.
	AddressSessions int // 120
	// Runs, formatting included, that an address may start in a minute.
	AddressRuns int // 60
	// Messages a second on one connection, with bursts of four seconds' worth.
	// Above, the connection is read no faster.
	MessageRate int // 60
	// MessageBytes is the size of one message or request body.
	MessageBytes int // 2 MiB
	// Faults is how many messages that make no sense one connection may send
	// before it is cut off.
	Faults int // 16
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		or    int
	}{
		{&l.Connections, 10_000}, {&l.AddressConnections, 64}, {&l.AddressSessions, 120},
		{&l.AddressRuns, 60}, {&l.MessageRate, 60}, {&l.MessageBytes, 2 << 20}, {&l.Faults, 16},
	} {
		switch {
		case *f.field == 0:
			*f.field = f.or
		case *f.field < 0:
			*f.field = 1 << 30
		}
	}
	return l
}

// quotas counts what addresses use. Its memory is bounded by the addresses
// that are connected plus those of about the last hour.
type quotas struct {
	lim Limits

	mu    sync.Mutex
	total int
	by    map[netip.Prefix]*usage
	swept time.Time
}

type usage struct {
	connections int
	sessions    *rate.Limiter
	runs        *rate.Limiter
	seen        time.Time
}

func newQuotas(lim Limits) *quotas {
	return &quotas{lim: lim, by: map[netip.Prefix]*usage{}, swept: time.Now()}
}

// of gives an address's usage; the lock is held.
func (q *quotas) of(addr netip.Addr, now time.Time) *usage {
	if now.Sub(q.swept) > time.Minute {
		q.swept = now
		for key, u := range q.by {
			if u.connections == 0 && now.Sub(u.seen) > time.Hour {
				delete(q.by, key)
			}
		}
	}
	key := household(addr)
	u := q.by[key]
	if u == nil {
		u = &usage{
			sessions: rate.NewLimiter(rate.Every(time.Hour)*rate.Limit(q.lim.AddressSessions), burst(q.lim.AddressSessions)),
			runs:     rate.NewLimiter(rate.Every(time.Minute)*rate.Limit(q.lim.AddressRuns), burst(q.lim.AddressRuns)),
		}
		q.by[key] = u
	}
	u.seen = now
	return u
}

// burst is how much of an allowance may be used at once.
func burst(n int) int { return max(1, n/2) }

// connect counts a connection in; release counts it out.
func (q *quotas) connect(addr netip.Addr) (release func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.of(addr, time.Now())
	if q.total >= q.lim.Connections || u.connections >= q.lim.AddressConnections {
		return nil, false
	}
	q.total++
	u.connections++
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.total--
		u.connections--
	}), true
}

// session and run take one from an address's allowance.
func (q *quotas) session(addr netip.Addr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.of(addr, time.Now()).sessions.Allow()
}

func (q *quotas) run(addr netip.Addr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.of(addr, time.Now()).runs.Allow()
}
