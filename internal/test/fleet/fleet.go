package main

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// The rules of runner/remote.
const (
	offersAtOnce = 3                      // before a run waits
	offerEvery   = 250 * time.Millisecond // while it waits
	announceTime = 2 * time.Second
)

// What is assumed.
const (
	places   = 4                      // of a worker
	meanRun  = 400 * time.Millisecond // exponential
	oneWay   = 200 * time.Microsecond // of a message, at least; the mean is twice that
	duration = 4 * time.Second        // of the simulation, of which the first half is not counted
	busyNode = 10                     // node 0 has so many times as many runs as any other
)

// sorted is a list of times in ascending order.
type sorted []time.Duration

// at returns the quantile p, 0 of an empty list.
func (s sorted) at(p float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[int(p*float64(len(s)-1))]
}

// dispatch is runs that nodes offer to workers.
type dispatch struct {
	nodes, workers int
	load           float64 // of all places
	seed           uint64
}

type result struct {
	all, ofBusy, ofOthers sorted
	rate                  float64
	offers, announcements float64 // requests without an offer are counted among the offers
}

func (r result) wait(p float64) time.Duration   { return r.all.at(p) }
func (r result) busy(p float64) time.Duration   { return r.ofBusy.at(p) }
func (r result) others(p float64) time.Duration { return r.ofOthers.at(p) }

type run struct {
	node    int
	asked   time.Duration
	refused int
	timer   int // which wait its timer belongs to
	waiting bool
}

// simulation is the state of a dispatch.
type simulation struct {
	dispatch
	rng      *rand.Rand
	now      time.Duration
	events   queue
	free     []int     // places of each worker
	told     []int     // of them that each worker has announced
	mine     [][]int16 // runs that each node has with each worker
	then     [][]int16 // and had when it was told
	atOnce   int       // offers of one node
	under    []int     // under way from each node
	queued   [][]*run
	waiting  []*run // for a place, of all nodes
	offers   int
	started  int
	announce int
	made     int // events
	res      result
}

// simulate plays the dispatch.
func (d dispatch) simulate() result {
	s := &simulation{dispatch: d, rng: rand.New(rand.NewPCG(d.seed, 0)), free: make([]int, d.workers), under: make([]int, d.nodes), queued: make([][]*run, d.nodes)}
	s.told = make([]int, d.workers)
	for i := range s.free {
		s.free[i], s.told[i] = places, places
		s.after(time.Duration(s.rng.Int64N(int64(announceTime))), func() { s.regularly(i) })
	}
	for range d.nodes {
		s.mine, s.then = append(s.mine, make([]int16, d.workers)), append(s.then, make([]int16, d.workers))
	}
	// pool.boxes of a node: twice its part of all places, so that others can be busier.
	s.atOnce = max(4, 2*places*d.workers/d.nodes)
	rate := d.load * float64(d.workers*places) / meanRun.Seconds()
	of := rate / float64(d.nodes-1+busyNode)
	for node := range d.nodes {
		each := of
		if node == 0 {
			each *= busyNode
		}
		s.arrivals(node, each)
	}
	for len(s.events) > 0 && s.events[0].at < duration {
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		e.do()
	}
	counted := (duration / 2).Seconds()
	s.res.rate = float64(len(s.res.all)) / counted
	s.res.offers = float64(s.offers) / float64(max(1, s.started))
	// What a worker tells of itself goes to all nodes.
	s.res.announcements = float64(d.nodes) * (float64(s.announce)/duration.Seconds() + float64(d.workers)/announceTime.Seconds())
	for _, list := range []sorted{s.res.all, s.res.ofBusy, s.res.ofOthers} {
		slices.Sort(list)
	}
	return s.res
}

func (s *simulation) after(d time.Duration, do func()) {
	s.made++
	heap.Push(&s.events, event{s.now + d, s.made, do})
}

// message is how long one is under way.
func (s *simulation) message() time.Duration { return oneWay + s.exponential(oneWay) }

func (s *simulation) exponential(mean time.Duration) time.Duration {
	return time.Duration(-math.Log(1-s.rng.Float64()) * float64(mean))
}

func (s *simulation) arrivals(node int, rate float64) {
	s.after(s.exponential(time.Duration(float64(time.Second)/rate)), func() {
		s.queued[node] = append(s.queued[node], &run{node: node, asked: s.now})
		s.next(node)
		s.arrivals(node, rate)
	})
}

// next offers what a node has in its queue, if it may.
func (s *simulation) next(node int) {
	for s.under[node] < s.atOnce && len(s.queued[node]) > 0 {
		r := s.queued[node][0]
		s.queued[node] = s.queued[node][1:]
		s.under[node]++
		if w := s.nearest(node); w >= 0 {
			s.send(r, w)
		} else {
			s.offer(r)
		}
	}
}

// regularly has a worker announce itself.
func (s *simulation) regularly(w int) {
	s.announced(w)
	s.after(announceTime, func() { s.regularly(w) })
}

// announced is that all nodes hear how many places of a worker are free.
func (s *simulation) announced(w int) {
	free := s.free[w]
	s.after(s.message(), func() {
		s.told[w] = free
		for node := range s.nodes {
			s.then[node][w] = s.mine[node][w]
		}
	})
}

// nearest returns one of the workers that seem to have a place to a node, by the files of a
// run, which are random; it is negative if there is none.
func (s *simulation) nearest(node int) int {
	found, n := -1, 0
	for w, told := range s.told {
		if told+int(s.then[node][w]-s.mine[node][w]) > 0 {
			if n++; s.rng.IntN(n) == 0 {
				found = w
			}
		}
	}
	return found
}

// send sends a run to a worker without an offer.
func (s *simulation) send(r *run, w int) {
	s.offers++
	s.mine[r.node][w]++
	s.after(s.message(), func() {
		if s.free[w] > 0 {
			s.free[w]--
			s.begun(r, w)
			return
		}
		s.after(s.message(), func() {
			s.mine[r.node][w]--
			s.offer(r)
		})
	})
}

// offer sends an offer to one of the workers, which the bus chooses.
func (s *simulation) offer(r *run) {
	s.offers++
	r.waiting = false
	s.after(s.message(), func() {
		w := s.rng.IntN(s.workers)
		if s.free[w] > 0 {
			s.free[w]--
			s.after(s.message(), func() {
				s.mine[r.node][w]++
				s.after(s.message(), func() { s.begun(r, w) }) // by the request
			})
			return
		}
		s.after(s.message(), func() { s.refused(r) })
	})
}

func (s *simulation) refused(r *run) {
	if r.refused++; r.refused%offersAtOnce != 0 {
		s.offer(r)
		return
	}
	r.waiting = true
	r.timer++
	mine := r.timer
	s.waiting = append(s.waiting, r)
	s.after(offerEvery, func() {
		if r.waiting && r.timer == mine {
			s.offer(r)
		}
	})
}

// begun is that a worker has the request of a run.
func (s *simulation) begun(r *run, w int) {
	s.started++
	if r.asked > duration/2 {
		wait := s.now - r.asked
		s.res.all = append(s.res.all, wait)
		if r.node == 0 {
			s.res.ofBusy = append(s.res.ofBusy, wait)
		} else {
			s.res.ofOthers = append(s.res.ofOthers, wait)
		}
	}
	s.after(s.exponential(meanRun), func() {
		full := s.free[w] == 0
		s.free[w]++
		s.under[r.node]--
		s.mine[r.node][w]--
		s.next(r.node)
		if full { // it may have refused some
			s.announce++
			s.announced(w)
			s.after(s.message(), s.freed)
		}
	})
}

// freed is that all nodes hear of a free place: all runs that wait are offered.
func (s *simulation) freed() {
	woken := s.waiting
	s.waiting = nil
	for _, r := range woken {
		if r.waiting {
			s.offer(r)
		}
	}
}

type event struct {
	at time.Duration
	n  int
	do func()
}

// queue is a heap of events.
type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].n < q[j].n
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(e any)   { *q = append(*q, e.(event)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// The rules of leases and of people who connect again.
const (
	leaseTime  = 6 * time.Second
	leaseBeat  = 2 * time.Second
	firstDelay = 250 * time.Millisecond
	soonDelay  = time.Second // the longest for ten seconds, which outlasts a lease
)

type returned struct {
	times sorted
	peak  int // connections of all people in a tenth of a second
}

func (r returned) back(p float64) time.Duration { return r.times.at(p) }

// handOver has the people of a node that was killed connect again until its lease has ended;
// the last renewal set the end. The attempt after that is answered.
func handOver(people int, seed uint64) returned {
	rng := rand.New(rand.NewPCG(seed, 0))
	ends := leaseTime - time.Duration(rng.Int64N(int64(leaseBeat)))
	attempts := map[time.Duration]int{}
	var r returned
	for range people {
		var at time.Duration
		for attempt := 0; ; attempt++ {
			bound := min(soonDelay, firstDelay<<min(attempt, 10))
			at += bound/2 + time.Duration(rng.Int64N(int64(bound/2)))
			attempts[at/(100*time.Millisecond)]++
			if at >= ends {
				break
			}
		}
		r.times = append(r.times, at)
	}
	slices.Sort(r.times)
	for _, n := range attempts {
		r.peak = max(r.peak, n)
	}
	return r
}
