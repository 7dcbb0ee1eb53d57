package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

func newCrates(a *app) *cobra.Command {
	f := cratesFlags{config: &a.config.Crates}
	cmd := &cobra.Command{
		Use:   "crates",
		Short: "Manage the crates that programs may use",
		Long: `Keep the list of crates that programs may use without a network, and build the
set for a toolchain. The default list is the most used crates of
https://lib.rs/std.

build, update and add compile the crates with cargo, on this machine and outside of
any box: their build scripts and macros run as your user. Build only crates that you
trust.`,
		Args: noArgs,
		RunE: listCommands,
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&f.list, "list", "", "the list's file (default crates.list of the configuration, $XDG_CONFIG_HOME/corust/crates.toml, then the built-in list)")
	flags.StringVar(&f.channel, "channel", "", "toolchain: stable, beta, nightly or a version (default the machine's)")
	flags.StringVar(&f.rustc, "rustc", "", "compiler to use, instead of a channel's")
	cmd.AddCommand(newCratesUpdate(a, &f), newCratesList(a, &f), newCratesSearch(a, &f), newCratesInfo(a, &f),
		newCratesAdd(a, &f), newCratesRemove(a, &f), newCratesBuild(a, &f))
	return cmd
}

// cratesFlags are the flags of all crates commands, over the configuration.
type cratesFlags struct {
	list, channel, rustc string
	config               *config.Crates
}

// named is the list's file if a flag or the configuration names it.
func (f *cratesFlags) named() string { return cmp.Or(f.list, f.config.List) }

// path is the list's file, which need not exist.
func (f *cratesFlags) path() (string, error) {
	if list := f.named(); list != "" {
		return list, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "corust", "crates.toml"), nil
}

// read reads the list: the user's, or the built-in one if the user has none.
func (f *cratesFlags) read() (crates.List, string, error) {
	path, err := f.path()
	if err != nil {
		return crates.List{}, "", err
	}
	l, err := crates.ReadList(path)
	if errors.Is(err, fs.ErrNotExist) && f.named() == "" {
		l, err = crates.Default()
	}
	return l, path, err
}

// reading makes a RunE of what needs the list and where it is.
func (f *cratesFlags) reading(do func(cmd *cobra.Command, args []string, l crates.List, path string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		l, path, err := f.read()
		if err != nil {
			return err
		}
		return do(cmd, args, l, path)
	}
}

// toolchain is the compiler that native boxes have, or the one in PATH.
func (f *cratesFlags) toolchain(ctx context.Context) (crates.Toolchain, error) {
	rustc := f.rustc
	if rustc == "" {
		rustc = "rustc"
		if b, err := native.New(native.Config{}); err == nil {
			sysroot, err := b.Sysroot(runner.Channel(f.channel))
			b.Close()
			if err != nil {
				return crates.Toolchain{}, err
			}
			rustc = filepath.Join(sysroot, "bin", "rustc")
		} else if f.channel != "" {
			return crates.Toolchain{}, fmt.Errorf("--channel: %w (--rustc names a compiler)", err)
		}
	}
	return crates.FindToolchain(ctx, rustc)
}

// cacheDir is where sets are kept.
func (a *app) cacheDir() (string, error) {
	if dir := a.config.Crates.Cache; dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "corust"), nil
}

// resolver prepares cargo in the toolchain's working directory, so that a trial
// and the build after it share what they compile.
func (a *app) resolver(t crates.Toolchain, lock []byte, trial bool) (*crates.Resolver, error) {
	cache, err := a.cacheDir()
	if err != nil {
		return nil, err
	}
	return &crates.Resolver{Toolchain: t, Dir: crates.WorkDir(cache, t), Lock: lock, Trial: trial}, nil
}

// changed prints what an update, add or remove did.
func (a *app) changed(old, new crates.List) {
	added, removed, moved := crates.Diff(old, new)
	for _, c := range added {
		fmt.Fprintf(a.out, "added    %s %s\n", c.Name, c.New)
	}
	for _, c := range removed {
		fmt.Fprintf(a.out, "removed  %s %s\n", c.Name, c.Old)
	}
	for _, c := range moved {
		fmt.Fprintf(a.out, "moved    %s %s -> %s\n", c.Name, c.Old, c.New)
	}
	for _, e := range new.Excluded {
		if slices.Contains(old.Excluded, e) {
			continue
		}
		fmt.Fprintf(a.out, "left out %s: %s\n", e, e.Reason)
	}
	if len(added)+len(removed)+len(moved) == 0 {
		a.say("the list is as it was: %d crates", len(new.Crates))
	} else {
		a.say("%d crates: %d added, %d removed, %d moved; corust crates build makes the set", len(new.Crates), len(added), len(removed), len(moved))
	}
}

// compiling shows the progress of cargo.
func (a *app) compiling() (show func(crates.Progress), end func()) {
	p := newBuildProgress(a.err, isTerminal(a.err) && !dumb(os.Getenv))
	var shown crates.Progress
	return func(now crates.Progress) {
		if !p.terminal {
			// A line for each tenth is enough for a log.
			if shown.Profile == now.Profile && now.Done*10/now.Total == shown.Done*10/shown.Total {
				return
			}
			shown = now
			a.say("crates: %s: %d of %d", now.Profile, now.Done, now.Total)
			return
		}
		const width = 20
		done := width * now.Done / now.Total
		p.line(fmt.Sprintf("corust: crates: %-7s [%s%s] %d/%d %s %s", now.Profile, strings.Repeat("#", done), strings.Repeat(".", width-done),
			now.Done, now.Total, now.Elapsed.Round(time.Second), now.Crate))
	}, func() { p.end(false) }
}

// sizeOf writes bytes as people read them.
func sizeOf(n int64) string { return units.HumanSize(float64(n)) }
