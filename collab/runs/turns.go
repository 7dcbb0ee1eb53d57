package runs

import "time"

// Share is the part of one processor that all compilations ahead of runs may use together.
// What they do not use is saved for later, for at most SaveTime. One compilation takes at
// most MaxCharge from the others; for what it takes beyond that, its session alone waits.
const (
	Share     = 0.25
	SaveTime  = 10 * time.Second
	MaxCharge = 2 * time.Second
)

const (
	// busyTime is how long no turn is given after the server was found busy.
	busyTime = 250 * time.Millisecond
	// scanTime is the least time between two looks at sessions whose texts have not rested
	// yet.
	scanTime = Rest / 10
)

// Turns decides which session of a server compiles ahead of a run next. It is pure: its
// owner calls Next when a wait is over, and after an Ask or Done that reports true.
//
// One session at a time has a turn. Sessions take turns in rounds: one that had a turn in
// this round comes after all that had none. Of the others, the one where a member did
// something last is first. No turn is given while the server is busy, for [Rest] after a
// compilation made way for a run, and while compilations have used up their [Share]. So in
// any time t those that take at most [MaxCharge] use at most Share × (t + SaveTime), and the
// rest of the last one, and those of one session do, whatever they take.
//
// To ask costs the same whether a turn can be given or not, and nothing looks at the
// sessions that wait while none can.
type Turns struct {
	waiting map[*Turn]struct{}
	holder  *Turn
	round   int
	saved   time.Duration // that compilations may use
	at      time.Time     // until when saved is known; zero at first
	paused  time.Time     // no turn is given before
	next    time.Time     // when the owner calls Next; zero if it waits for others
}

// Turn is the place of a session in Turns.
type Turn struct {
	// Granted is for the owner of Turns, who tells the session by it that it has a turn. It
	// has room for one.
	Granted chan struct{}

	due    time.Time // its text will have rested
	looked time.Time // a member did something last
	round  int       // of its last turn
	paused time.Time // it has no turn before
}

// NewTurn returns the place of a new session, which does not wait.
func NewTurn() Turn { return Turn{Granted: make(chan struct{}, 1)} }

// Ask says that a session waits for a turn, whose text will have rested at due and where a
// member last did something at looked. With a zero due, the session does not wait. Ask
// reports whether Next is to be called.
func (t *Turns) Ask(x *Turn, due, looked time.Time) bool {
	if due.IsZero() {
		delete(t.waiting, x)
		return false
	}
	if t.waiting == nil {
		t.waiting = map[*Turn]struct{}{}
	}
	if due.Before(x.paused) {
		due = x.paused
	}
	x.due, x.looked = due, looked
	t.waiting[x] = struct{}{}
	return t.holder == nil && (t.next.IsZero() || due.Before(t.next) && t.paused.Before(t.next))
}

// Next returns the session whose turn it is, which does not wait any more, or nil and how
// long to wait; 0 until Ask or Done reports true.
func (t *Turns) Next(now time.Time, busy bool) (x *Turn, wait time.Duration) {
	if t.at.IsZero() {
		t.at, t.saved = now, saved(SaveTime)
	}
	t.saved, t.at = min(t.saved+saved(now.Sub(t.at)), saved(SaveTime)), now
	if busy {
		t.pause(now.Add(busyTime))
	}
	if t.saved <= 0 {
		t.pause(now.Add(time.Duration(float64(1-t.saved) / Share)))
	}
	t.next = time.Time{}
	if t.holder != nil || len(t.waiting) == 0 {
		return nil, 0
	}
	if until := t.paused.Sub(now); until > 0 {
		t.next = t.paused
		return nil, until
	}
	for w := range t.waiting {
		if w.due.After(now) {
			if t.next.IsZero() || w.due.Before(t.next) {
				t.next = w.due
			}
		} else if x == nil || t.before(w, x) {
			x = w
		}
	}
	if x == nil {
		wait = max(t.next.Sub(now), scanTime)
		t.next = now.Add(wait)
		return nil, wait
	}
	if x.round == t.round {
		t.round++ // all others that wait had a turn, too
	}
	delete(t.waiting, x)
	x.round, t.holder, t.next = t.round, x, time.Time{}
	return x, 0
}

// before reports whether a has its turn before b.
func (t *Turns) before(a, b *Turn) bool {
	if late := a.round == t.round; late != (b.round == t.round) {
		return !late
	}
	return a.looked.After(b.looked)
}

// Done ends the turn of a session, which has it, and whose compilation took so long, 0 if
// it did not start; evicted if it made way for a run. Done reports whether Next is to be
// called.
func (t *Turns) Done(now time.Time, took time.Duration, evicted bool) bool {
	x := t.holder
	t.holder = nil
	t.saved -= min(took, MaxCharge)
	if own := took - MaxCharge; own > 0 {
		x.paused = now.Add(time.Duration(float64(own) / Share))
		if _, waits := t.waiting[x]; waits && x.due.Before(x.paused) {
			x.due = x.paused
		}
	}
	if evicted {
		t.pause(now.Add(Rest))
	}
	return len(t.waiting) > 0
}

// pause gives no turn before a time.
func (t *Turns) pause(until time.Time) {
	if until.After(t.paused) {
		t.paused = until
	}
}

// saved is what compilations may use in a time.
func saved(d time.Duration) time.Duration { return time.Duration(float64(d) * Share) }
