package main

import (
	"testing"

	"github.com/corust-dev/corust/internal/config"
)

// Connections never take the descriptors that boxes are made with.
func TestAccepts(t *testing.T) {
	t.Parallel()
	all := maxDescriptors()
	for _, tt := range []struct{ connections, boxes, want int }{
		{10, 4, 20},
		{all, 10, all - 10*boxDescriptors - otherDescriptors},
		{all, all, 16}, // some can always ask
	} {
		if got := accepts(config.Serve{Connections: tt.connections}, tt.boxes); got != tt.want {
			t.Errorf("%d connections and %d boxes with %d descriptors: %d are accepted, want %d", tt.connections, tt.boxes, all, got, tt.want)
		}
	}
}
