package playground

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what one client, and all together, may ask for. A zero field stands for
// its default.
type Limits struct {
	// Requests is how many requests may run or wait at once, 64 by default, and
	// ClientRequests how many of one client, half as many by default.
	Requests       int
	ClientRequests int
	// ClientRuns is how many runs a client may start in a minute, half of them at once;
	// 600 by default.
	ClientRuns int
	// ClientSockets is how many WebSockets a client may have open, 16 by default.
	ClientSockets int
	// ClientShares is how many codes a client may share in an hour, half of them at
	// once; 120 by default.
	ClientShares int
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		or    int
	}{
		{&l.Requests, 64}, {&l.ClientRuns, 600}, {&l.ClientSockets, 16}, {&l.ClientShares, 120},
	} {
		if *f.field <= 0 {
			*f.field = f.or
		}
	}
	if l.ClientRequests <= 0 {
		l.ClientRequests = max(1, l.Requests/2)
	}
	return l
}

// tooMany is an error that is answered with the status 429.
type tooMany struct{ text string }

func (e *tooMany) Error() string { return e.text }

// lane counts what clients use. Requests in it wait for their turn in the executor, which
// sees them as those of one owner. It forgets clients that use nothing.
type lane struct {
	limits Limits

	mu       sync.Mutex
	requests int
	clients  map[string]*usage
	swept    time.Time
}

type usage struct {
	requests, sockets int
	runs, shares      *rate.Limiter
}

func newLane(l Limits) *lane {
	return &lane{limits: l.withDefaults(), clients: map[string]*usage{}, swept: time.Now()}
}

// of returns the usage of a client; the lock is held.
func (l *lane) of(client string, now time.Time) *usage {
	if now.Sub(l.swept) > time.Minute {
		l.swept = now
		for name, u := range l.clients {
			if u.requests == 0 && u.sockets == 0 && full(u.runs, now) && full(u.shares, now) {
				delete(l.clients, name)
			}
		}
	}
	u := l.clients[client]
	if u == nil {
		u = &usage{
			runs:   rate.NewLimiter(rate.Every(time.Minute)*rate.Limit(l.limits.ClientRuns), max(1, l.limits.ClientRuns/2)),
			shares: rate.NewLimiter(rate.Every(time.Hour)*rate.Limit(l.limits.ClientShares), max(1, l.limits.ClientShares/2)),
		}
		l.clients[client] = u
	}
	return u
}

// full reports whether nothing of an allowance is used.
func full(l *rate.Limiter, now time.Time) bool { return l.TokensAt(now) >= float64(l.Burst()) }

// enter counts a run in, or returns a *tooMany. Leave counts it out.
func (l *lane) enter(client string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.of(client, time.Now())
	switch {
	case l.requests >= l.limits.Requests:
		return nil, &tooMany{"The server is busy: too many requests wait already. Try again in a moment"}
	case u.requests >= l.limits.ClientRequests:
		return nil, &tooMany{fmt.Sprintf("Too many requests from this address at once: %d may run or wait", l.limits.ClientRequests)}
	case !u.runs.Allow():
		return nil, &tooMany{fmt.Sprintf("Too many runs from this address: %d a minute may start", l.limits.ClientRuns)}
	}
	l.requests++
	u.requests++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.requests--
		u.requests--
	}), nil
}

// socket counts a WebSocket in, or returns a *tooMany.
func (l *lane) socket(client string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.of(client, time.Now())
	if u.sockets >= l.limits.ClientSockets {
		return nil, &tooMany{fmt.Sprintf("Too many sockets from this address: %d may be open", l.limits.ClientSockets)}
	}
	u.sockets++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		u.sockets--
	}), nil
}

// share takes one from what a client may share, or returns a *tooMany.
func (l *lane) share(client string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of(client, time.Now()).shares.Allow() {
		return nil
	}
	return &tooMany{fmt.Sprintf("Too much code shared from this address: %d an hour may be shared", l.limits.ClientShares)}
}
