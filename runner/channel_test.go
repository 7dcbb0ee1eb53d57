package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestChannelMatchesItsVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		channel Channel
		version string
		want    bool
	}{
		{"1.95.0", "1.95.0", true},
		{"1.95", "1.95.0", true},
		{"1.95", "1.95.1", true},
		{"1.97.0-nightly", "1.97.0-nightly", true},
		{"1.97", "1.97.0-nightly", false},
		{"1.97.0", "1.97.0-nightly", false},
		{"1.9", "1.95.0", false},
		{"1.95.0", "1.95.01", false},
		{"1", "1.95.0", false},
		{"", "1.95.0", false},
		{"stable", "1.95.0", false},
		{"1.95.", "1.95.0", false},
	} {
		if got := tt.channel.Matches(tt.version); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.channel, tt.version, got, tt.want)
		}
	}
}

func TestChannelsAreSortedForMenus(t *testing.T) {
	t.Parallel()
	list := []Channel{"nightly-2026-01-01", "1.9.0", "nightly", "mine", "1.100.0", "beta", "1.95.0", "stable", "1.95"}
	want := []Channel{"mine", "stable", "beta", "nightly", "1.100.0", "1.95", "1.95.0", "1.9.0", "nightly-2026-01-01"}
	for range len(list) {
		list = append(list[1:], list[0])
		got := slices.Clone(list)
		if SortChannels(got, "mine"); !slices.Equal(got, want) {
			t.Errorf("%q sorts to %q, want %q", list, got, want)
		}
	}
}

// A refusal names what there is, and stays short for any name and number of toolchains.
func TestNoToolchainNamesThoseThereAre(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	err := NoToolchain("beta", []Channel{"stable", "nightly"}, cause)
	if want := `invalid channel: no toolchain "beta" here (want one of stable, nightly)`; err.Error() != want || !errors.Is(err, cause) {
		t.Errorf("got %v, want %s", err, want)
	}
	var many []Channel
	for i := range 1000 {
		many = append(many, Channel(fmt.Sprintf("1.%d.0", i)))
	}
	if err := NoToolchain(Channel(strings.Repeat("x", 1<<20)), many, nil); len(err.Error()) > 2000 || err.Unwrap() != nil {
		t.Errorf("the refusal has %d bytes", len(err.Error()))
	}
}
