package crates

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"serde", "serde_json", "serde_yaml", "rand", "rand_core", "tokio", "tokio-util", "time", "mime", "zip"}
	tests := []struct {
		name string
		want []string
	}{
		{"sedre", []string{"serde"}},
		{"serde-jsn", []string{"serde_json"}},
		{"tokyo", []string{"tokio"}},
		{"Tokio_Util", []string{"tokio-util"}},
		{"tiem", []string{"time"}},
		{"tokio_utils_extra", []string{"tokio"}},
		{"bevy", nil},
		{"x", nil},
		{"", nil},
		{strings.Repeat("serde", 100_000), nil},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, names, 1); !slices.Equal(got, tt.want) {
			t.Errorf("Nearest(%.20q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := Nearest("serde_josn", names, 3); len(got) == 0 || got[0] != "serde_json" {
		t.Errorf("got %q", got)
	}
}
