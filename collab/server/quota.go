package server

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"golang.org/x/time/rate"
)

// Limits bound what one address, and all together, may ask for. A zero field
// stands for its default; a negative one lifts the limit.
type Limits struct {
	// Connections at once, in all and for an address. As many requests with a body
	// may be under way besides.
	Connections        int // 10,000
	AddressConnections int // 64
	// Sessions that an address may create in an hour, half of them at once.
	AddressSessions int // 120
	// AddressRequests is how many HTTP requests an address may make in a minute, half of
	// them at once, and how many TCP connections.
	AddressRequests int // 1,200
	// AddressBytes is how many bytes of messages and bodies an address may send in a
	// minute, all of them at once. Above, sockets are read no faster, and other requests
	// are refused. It is never less than four messages.
	AddressBytes int // 16 MiB
	// Runs, formatting included, that an address may start in a minute, half of
	// them at once.
	AddressRuns int // 60
	// Messages a second on one connection, with bursts of four seconds' worth. A
	// hello after the first counts as thirty. Above, the connection is read no
	// faster.
	MessageRate int // 60
	// Of one address, connections together may send as much as so many.
	AddressTalkers int // 10
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
		{&l.AddressRequests, 1200}, {&l.AddressBytes, 16 << 20}, {&l.AddressRuns, 60}, {&l.MessageRate, 60}, {&l.AddressTalkers, 10}, {&l.MessageBytes, 2 << 20}, {&l.Faults, 16},
	} {
		switch {
		case *f.field == 0:
			*f.field = f.or
		case *f.field < 0:
			*f.field = 1 << 30
		}
	}
	l.AddressBytes = max(l.AddressBytes, 4*l.MessageBytes)
	return l
}

// quotas counts what addresses use. Its memory is bounded by the addresses that are
// connected and those that have used some of an allowance and not got it back yet.
type quotas struct {
	lim Limits

	mu          sync.Mutex
	accepted    int // TCP connections
	connections int
	bodies      int
	imports     int
	by          map[netip.Prefix]*usage
	swept       time.Time
}

type usage struct {
	accepted    int
	connections int
	bodies      int
	imports     int

	sessions, runs, requests, accepts, bytes, messages *rate.Limiter
}

// unused reports whether an address has all of its allowances, as a new address has.
func (u *usage) unused(now time.Time) bool {
	if u.accepted > 0 || u.connections > 0 || u.bodies > 0 || u.imports > 0 {
		return false
	}
	for _, l := range []*rate.Limiter{u.sessions, u.runs, u.requests, u.accepts, u.bytes, u.messages} {
		if l.TokensAt(now) < float64(l.Burst()) {
			return false
		}
	}
	return true
}

// refusal names the limit that is reached, and what to do.
type refusal struct {
	reason  string // of the metrics
	code    wire.Code
	message string
	hit     *wire.Hit
}

// quota returns the refusal for an address that has used up a limit of [serve].
func quota(reason, limit string, amount int, unit wire.Unit, message string) *refusal {
	return &refusal{reason: reason, code: wire.CodeQuota, message: message, hit: &wire.Hit{Limit: limit, Amount: float64(amount), Unit: unit}}
}

func (r *refusal) Error() string { return r.message }

func newQuotas(lim Limits) *quotas {
	return &quotas{lim: lim, by: map[netip.Prefix]*usage{}, swept: time.Now()}
}

// of gives an address's usage; the lock is held.
func (q *quotas) of(addr netip.Addr, now time.Time) *usage {
	if now.Sub(q.swept) > time.Minute {
		q.swept = now
		for key, u := range q.by {
			if u.unused(now) {
				delete(q.by, key)
			}
		}
	}
	key := household(addr)
	u := q.by[key]
	if u == nil {
		per := func(d time.Duration, n, burst int) *rate.Limiter {
			return rate.NewLimiter(rate.Every(d)*rate.Limit(n), burst)
		}
		talk := min(q.lim.MessageRate*q.lim.AddressTalkers, 1<<28)
		u = &usage{
			sessions: per(time.Hour, q.lim.AddressSessions, burst(q.lim.AddressSessions)),
			runs:     per(time.Minute, q.lim.AddressRuns, burst(q.lim.AddressRuns)),
			requests: per(time.Minute, q.lim.AddressRequests, burst(q.lim.AddressRequests)),
			accepts:  per(time.Minute, q.lim.AddressRequests, burst(q.lim.AddressRequests)),
			messages: per(time.Second, talk, 4*talk),
			bytes:    per(time.Minute, q.lim.AddressBytes, q.lim.AddressBytes),
		}
		q.by[key] = u
	}
	return u
}

// burst is how much of an allowance may be used at once.
func burst(n int) int { return max(1, n/2) }

// connect counts a connection in; release counts it out.
func (q *quotas) connect(addr netip.Addr) (release func(), err error) {
	return q.hold(addr, places{"connections", &q.connections, q.lim.Connections, func(u *usage) *int { return &u.connections }, q.lim.AddressConnections, "address_connections"})
}

// body counts a request in whose body is read into memory, apart from connections,
// of which people have one each, but to the same limits.
func (q *quotas) body(addr netip.Addr) (release func(), err error) {
	return q.hold(addr, places{"requests", &q.bodies, q.lim.Connections, func(u *usage) *int { return &u.bodies }, q.lim.AddressConnections, "address_connections"})
}

// archive counts an import in.
func (q *quotas) archive(addr netip.Addr) (release func(), err error) {
	return q.hold(addr, places{"imports", &q.imports, maxImports, func(u *usage) *int { return &u.imports }, addressImports, "address_imports"})
}

// places are what connections and requests take while they last.
type places struct {
	what  string
	total *int // taken by all
	most  int  // of total
	own   func(*usage) *int
	each  int    // an address may take
	limit string // its name
}

// hold takes a place for an address.
func (q *quotas) hold(addr netip.Addr, p places) (release func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	total, own := p.total, p.own(q.of(addr, time.Now()))
	switch {
	case *total >= p.most:
		return nil, &refusal{reason: "connections", code: wire.CodeBusy, message: fmt.Sprintf("the server has %d %s open and takes no more; come back later", *total, p.what)}
	case *own >= p.each:
		return nil, quota("connections", p.limit, p.each, wire.UnitCount, fmt.Sprintf("this address has %d %s open and may have no more; close some, or come back later", *own, p.what))
	}
	*total++
	*own++
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		*total--
		*own--
	}), nil
}

// request takes one from an address's allowance.
func (q *quotas) request(addr netip.Addr) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of(addr, time.Now()).requests.Allow() {
		return nil
	}
	return quota("requests", "address_requests", q.lim.AddressRequests, wire.UnitPerMinute, fmt.Sprintf("too many requests from this address, which may make %d a minute; wait a little", q.lim.AddressRequests))
}

// talk is an address's allowance of messages and of bytes. Who waits for either holds
// a connection.
func (q *quotas) talk(addr netip.Addr) (messages, bytes *rate.Limiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.of(addr, time.Now())
	return u.messages, u.bytes
}

// sent takes the bytes of a body from an address's allowance.
func (q *quotas) sent(addr netip.Addr, n int) error {
	if _, bytes := q.talk(addr); bytes.AllowN(time.Now(), n) {
		return nil
	}
	return q.tooManyBytes()
}

// tooManyBytes is the refusal for an address that has sent what it may.
func (q *quotas) tooManyBytes() error {
	return quota("bytes", "address_bytes", q.lim.AddressBytes, wire.UnitPerMinute, fmt.Sprintf("too many bytes from this address, which may send %d a minute; wait a little", q.lim.AddressBytes))
}

// session and run take one from an address's allowance.
func (q *quotas) session(addr netip.Addr) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of(addr, time.Now()).sessions.Allow() {
		return nil
	}
	return quota("sessions", "address_sessions", q.lim.AddressSessions, wire.UnitPerHour, fmt.Sprintf("too many new sessions from this address, which may make %d an hour; wait a little", q.lim.AddressSessions))
}

// run takes n runs from what an address may start, or as many as may be used at once, if
// these are fewer.
func (q *quotas) run(addr netip.Addr, n int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if q.of(addr, now).runs.AllowN(now, min(n, burst(q.lim.AddressRuns))) {
		return nil
	}
	return quota("runs", "address_runs", q.lim.AddressRuns, wire.UnitPerMinute, fmt.Sprintf("too many runs from this address, which may start %d a minute, formatting included; wait a little", q.lim.AddressRuns))
}
