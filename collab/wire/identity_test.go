package wire_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

func TestClientOf(t *testing.T) {
	t.Parallel()
	// Pinned: an id that changes loses the pushes that were under way.
	const a, b = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	if got := wire.ClientOf(a, b); got != "06phrSv3.-ndqHmiWUzrXnlVV" {
		t.Errorf("the id of a known key is %s", got)
	}
	form := regexp.MustCompile(`^[0-9A-Za-z_-]{8}\.[0-9A-Za-z_-]{16}$`)
	person := wire.NewKey()
	seen := map[wire.ClientID]bool{}
	if tool := wire.NewToolID(); !strings.HasPrefix(string(tool), "api.") || form.MatchString(string(tool)) || tool == wire.NewToolID() {
		t.Errorf("a tool has the id %s", tool)
	}
	for range 1000 {
		key := wire.NewKey()
		one, other := wire.ClientOf(key, person), wire.ClientOf(key, "")
		if !form.MatchString(string(one)) || seen[one] || seen[other] {
			t.Fatalf("ids %s and %s", one, other)
		}
		seen[one], seen[other] = true, true
		if first, _, _ := strings.Cut(string(one), "."); !strings.HasPrefix(string(wire.ClientOf(wire.NewKey(), person)), first+".") {
			t.Error("two instances of a person have no more in common than others")
		}
		if strings.Contains(string(one), string(key)) || strings.Contains(string(other), string(key)) {
			t.Error("the id tells the key")
		}
	}
}
