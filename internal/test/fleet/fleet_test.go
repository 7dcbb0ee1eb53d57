package main

import (
	"reflect"
	"testing"
	"time"
)

func TestASeedGivesOneResult(t *testing.T) {
	t.Parallel()
	d := dispatch{nodes: 3, workers: 4, load: 0.8, seed: 7}
	if a, b := d.simulate(), d.simulate(); !reflect.DeepEqual(a, b) {
		t.Errorf("%d and %d runs", len(a.all), len(b.all))
	}
	if a, b := handOver(50, 7), handOver(50, 7); !reflect.DeepEqual(a, b) {
		t.Error("two returns of the same people differ")
	}
}

// With places to spare a run takes one message; without, it waits, and a node that has too
// many runs makes its own wait.
func TestDispatch(t *testing.T) {
	t.Parallel()
	idle := dispatch{nodes: 100, workers: 20, load: 0.3, seed: 7}.simulate()
	if p50 := idle.others(0.5); p50 < oneWay || p50 > 5*oneWay {
		t.Errorf("on idle workers half of the runs are dispatched within %v", p50)
	}
	full := dispatch{nodes: 100, workers: 20, load: 1.4, seed: 7}.simulate()
	if full.offers <= idle.offers || full.others(0.5) < 10*time.Millisecond {
		t.Errorf("with more runs than places: %.1f offers a run, half within %v", full.offers, full.others(0.5))
	}
	uneven := dispatch{nodes: 100, workers: 20, load: 0.7, seed: 7}.simulate()
	if len(uneven.ofBusy) > 0 && uneven.busy(0.5) < 10*uneven.others(0.5) {
		t.Errorf("the node with too many runs waits %v, the others %v", uneven.busy(0.5), uneven.others(0.5))
	}
}

func TestPeopleAreBackWithinASecondOfTheLeasesEnd(t *testing.T) {
	t.Parallel()
	h := handOver(500, 7)
	if first := h.back(0); first < leaseTime-leaseBeat {
		t.Errorf("the first is back after %v", first)
	}
	if last := h.back(1); last > leaseTime+soonDelay {
		t.Errorf("the last is back after %v", last)
	}
}
