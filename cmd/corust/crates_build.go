package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/corust-dev/corust/crates"
	"github.com/spf13/cobra"
)

func newCratesBuild(a *app, f *cratesFlags) *cobra.Command {
	var output, base string
	var prune, verbose bool
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Build the set of the list's crates for a toolchain",
		Long: `Compile every crate of the list in debug and in release mode, and put the result
into corust's cache, where runs find it. If the cache has this set, nothing is built.
An interrupted build continues where it stopped.

With --output the set goes to a directory, for corust image build --set.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := io.Discard
			if verbose {
				log = a.err
			}
			return a.buildCrates(cmd.Context(), f, crates.BuildOptions{Output: output, Base: base, Log: log}, prune)
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "directory to make for the set, instead of the cache")
	cmd.Flags().StringVar(&base, "base", "", "identity of the system that the set is for (default: this one's distribution and release)")
	cmd.Flags().BoolVar(&prune, "prune", false, "remove all other sets from the cache afterwards")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print the output of cargo")
	cmd.MarkFlagsMutuallyExclusive("output", "prune")
	return cmd
}

func (a *app) buildCrates(ctx context.Context, f *cratesFlags, o crates.BuildOptions, prune bool) error {
	list, path, err := f.read()
	if err != nil {
		return err
	}
	t, err := f.toolchain(ctx)
	if err != nil {
		return err
	}
	if o.Cache, err = a.cacheDir(); err != nil {
		return err
	}
	if o.Output != "" {
		if o.Output, err = filepath.Abs(o.Output); err != nil {
			return err
		}
	}
	start := time.Now()
	built := false
	show, end := a.compiling()
	o.Progress = func(p crates.Progress) { built = true; show(p) }
	set, err := crates.Build(ctx, list, t, o)
	end()
	if err != nil {
		return err
	}
	if err := a.remember(o, t, path, set); err != nil {
		return err
	}
	if built {
		a.say("built %d crates for rustc %s in %v: %s (debug %s, release %s)", len(set.Crates), t.Release, time.Since(start).Round(time.Second),
			sizeOf(set.Bytes()), sizeOf(set.Profiles[crates.Debug].Bytes), sizeOf(set.Profiles[crates.Release].Bytes))
	} else {
		a.say("the set of %d crates for rustc %s is there: %s", len(set.Crates), t.Release, sizeOf(set.Bytes()))
	}
	if len(set.SystemLibraries) > 0 {
		a.say("programs may need these of the system's libraries: %s", strings.Join(set.SystemLibraries, ", "))
	}
	if prune {
		freed, err := crates.Prune(ctx, o.Cache, set.Key)
		if err != nil {
			return err
		}
		a.say("removed other sets: %s", sizeOf(freed))
	}
	_, err = fmt.Fprintln(a.out, set.Dir)
	return err
}

// remember lets runs find the set: native runs its files, runs in an image its
// description.
func (a *app) remember(o crates.BuildOptions, t crates.Toolchain, list string, set *crates.Set) error {
	if o.Output != "" {
		return crates.Keep(o.Cache, set)
	}
	id, err := crates.ListID(list)
	if err != nil {
		return err
	}
	return crates.Remember(o.Cache, t.Rustc, id, set.Key)
}

var errNoSet = errors.New("no set of crates has been built here")
