package native

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// rustup makes a home of rustup with toolchains by directory, each with the line that its
// rustc prints, and makes the first the default.
func rustup(t *testing.T, toolchains ...[2]string) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("RUSTUP_HOME", home)
	t.Setenv("RUSTUP_TOOLCHAIN", "")
	t.Setenv("PATH", "/nowhere")
	for _, tc := range toolchains {
		install(t, home, tc[0], tc[1])
	}
	settings := fmt.Sprintf("default_toolchain = %q\n", toolchains[0][0])
	if err := os.WriteFile(filepath.Join(home, "settings.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func install(t *testing.T, home, name, line string) {
	t.Helper()
	dir := fakeToolchain(t, filepath.Join(home, "toolchains", name), "lib/librustc_driver-1.so")
	// A child that another test forks meanwhile would have the file open, and it could
	// not be executed.
	syscall.ForkLock.RLock()
	err := os.WriteFile(filepath.Join(dir, "bin/rustc"), fmt.Appendf(nil, "#!/bin/sh\n%s\n", line), 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
}

// listed shows a list of toolchains.
func listed(list []runner.Toolchain) []string {
	var out []string
	for _, tc := range list {
		out = append(out, string(tc.Channel)+" "+tc.Version)
	}
	return out
}

// Each toolchain of rustup is listed once, the default first, and one that does not work
// is left out.
func TestToolchainsOfRustup(t *testing.T) {
	target := targetTriple()
	home := rustup(t,
		[2]string{"nightly-" + target, "echo 'rustc 1.97.0-nightly (0 2026-05-01)'"},
		[2]string{"stable-" + target, "echo 'rustc 1.95.0 (0)'"},
		[2]string{"1.80.1-" + target, "echo 'rustc 1.80.1 (0)'"},
		[2]string{"mine", "echo 'rustc 1.90.0-dev'"},
		[2]string{"broken", "exit 1"},
		[2]string{"Not-A-Channel", "echo 'rustc 1.2.3'"},
	)
	if err := os.Symlink("stable-"+target, filepath.Join(home, "toolchains", "1.95.0-"+target)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "toolchains", "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	list, err := b.Toolchains(t.Context())
	want := []string{"nightly 1.97.0-nightly", "stable 1.95.0", "1.80.1 1.80.1", "mine 1.90.0-dev"}
	if got := listed(list); err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
	if got, want := b.Channels(), []runner.Channel{"nightly", "stable", "1.80.1", "broken", "mine"}; !slices.Equal(got, want) {
		t.Errorf("channels %q, want %q", got, want)
	}
	for _, tc := range list {
		if again, err := b.Toolchain(t.Context(), tc.Channel); err != nil || again != tc {
			t.Errorf("%s is %+v, %v, and listed as %+v", tc.Channel, again, err, tc)
		}
	}
	for channel, want := range map[runner.Channel]string{"1.95": "1.95.0", "1.95.0": "1.95.0", "1.80": "1.80.1", "1.97.0-nightly": "1.97.0-nightly", "": "1.97.0-nightly"} {
		tc, err := b.Toolchain(t.Context(), channel)
		if err != nil || tc.Version != want || tc.Channel != channel {
			t.Errorf("channel %q: %+v, %v, want version %s", channel, tc, err, want)
		}
	}
	_, err = b.Toolchain(t.Context(), "1.81.0")
	var invalid *runner.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "channel" || !errors.Is(err, ErrNoToolchain) ||
		!strings.Contains(err.Error(), `no toolchain "1.81.0" here (want one of nightly, stable, 1.80.1, mine)`) {
		t.Errorf("unknown channel: %v", err)
	}
}

// The toolchain in PATH is stable, unless rustup has a stable.
func TestToolchainsOfTheDistribution(t *testing.T) {
	home := rustup(t, [2]string{"nightly", "echo 'rustc 1.97.0-nightly'"})
	distribution := t.TempDir()
	install(t, distribution, "usr", "echo 'rustc 1.63.0'")
	t.Setenv("PATH", filepath.Join(distribution, "toolchains/usr/bin"))
	b := open(t)
	list, err := b.Toolchains(t.Context())
	if want := []string{"nightly 1.97.0-nightly", "stable 1.63.0"}; err != nil || !slices.Equal(listed(list), want) {
		t.Errorf("got %q, %v, want %q", listed(list), err, want)
	}
	install(t, home, "stable", "echo 'rustc 1.95.0'")
	b = open(t)
	list, err = b.Toolchains(t.Context())
	if want := []string{"nightly 1.97.0-nightly", "stable 1.95.0", "system 1.63.0"}; err != nil || !slices.Equal(listed(list), want) {
		t.Errorf("got %q, %v, want %q", listed(list), err, want)
	}
	for channel, want := range map[runner.Channel]string{"stable": "1.95.0", "system": "1.63.0", "1.63": "1.63.0"} {
		if tc, err := b.Toolchain(t.Context(), channel); err != nil || tc.Version != want {
			t.Errorf("channel %q: %+v, %v, want version %s", channel, tc, err, want)
		}
	}
}

// A toolchain that is removed is refused at once, and found again when it is back; the
// refusal names those that are left.
func TestToolchainVanishes(t *testing.T) {
	home := rustup(t, [2]string{"stable", "echo 'rustc 1.95.0'"}, [2]string{"nightly", "echo 'rustc 1.97.0-nightly'"})
	b := open(t)
	for _, channel := range []runner.Channel{"nightly", "1.97.0-nightly"} {
		if _, err := b.Toolchain(t.Context(), channel); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(home, "toolchains/nightly")
	if err := os.Rename(dir, dir+".gone"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir+".gone", "bin/rustc")); err != nil {
		t.Fatal(err)
	}
	var invalid *runner.InvalidError
	for _, channel := range []runner.Channel{"nightly", "1.97.0-nightly"} {
		_, err := b.Toolchain(t.Context(), channel)
		_, made := b.NewBox(t.Context(), runner.BoxSpec{Channel: channel})
		for _, err := range []error{err, made} {
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "(want one of stable)") {
				t.Errorf("channel %q: %v", channel, err)
			}
		}
	}
	install(t, home, "nightly", "echo 'rustc 1.98.0-nightly'")
	if tc, err := b.Toolchain(t.Context(), "nightly"); err != nil || tc.Version != "1.98.0-nightly" {
		t.Errorf("after it is back: %+v, %v", tc, err)
	}
}
