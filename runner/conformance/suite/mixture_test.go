package suite

import "testing"

// A leak is found whatever else happens on the machine, and what happens once is not one.
func TestGrowth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		counts []int64 // after each 100 runs
		want   float64
	}{
		"nothing":               {[]int64{5000, 5000, 5000, 5000, 5000, 5000, 5000}, 0},
		"a leak":                {[]int64{5000, 5200, 5400, 5600, 5800, 6000, 6200}, 2},
		"a leak in steps":       {[]int64{5000, 5100, 5400, 5500, 5800, 5900, 6200}, 3},
		"a leak beside another": {[]int64{5000, 5200, 5400, 15600, 5800, 6000, 6200}, 2},
		"a cache":               {[]int64{5000, 9000, 9000, 9000, 9000, 9000, 9000}, 0},
		"another program":       {[]int64{5000, 5000, 5000, 9000, 9000, 9000, 9000}, 0},
		"one that ends":         {[]int64{5000, 5000, 5000, 5000, 1000, 1000, 1000}, 0},
		"two windows":           {[]int64{5000, 5000, 5300}, 3},
		"one window":            {[]int64{5000, 5300}, 3},
		"none":                  {[]int64{5000}, 0},
	} {
		var looks []look
		for i, n := range tt.counts {
			looks = append(looks, look{100 * i, map[string]int64{"kind": n}})
		}
		if got := growth(looks, "kind"); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	// A time that was cut off by the test's deadline counts for nothing.
	looks := []look{{0, map[string]int64{"kind": 0}}, {100, map[string]int64{"kind": 100}}, {200, map[string]int64{"kind": 200}}, {200, map[string]int64{"kind": 900}}}
	if got := growth(looks, "kind"); got != 1 {
		t.Errorf("with an empty window: %v", got)
	}
}
