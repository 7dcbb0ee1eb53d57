package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/images"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/internal/setplan"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// nativeSet finds the set of the user's list for the toolchain at sysroot.
func (a *app) nativeSet(sysroot string) (dir, key string) {
	path, err := (&cratesFlags{config: &a.config.Crates}).path()
	if err != nil {
		return "", ""
	}
	return a.recallSet(filepath.Join(sysroot, "bin", "rustc"), path)
}

// recallSet finds the set that was built last from the list at path for a compiler. It
// returns "" if none was built.
func (a *app) recallSet(rustc, path string) (dir, key string) {
	cache, err := a.cacheDir()
	if err != nil {
		return "", ""
	}
	id, err := crates.ListID(path)
	if err != nil {
		return "", ""
	}
	return crates.Recall(cache, rustc, id)
}

// planner returns a planner that knows the sets, and reads each set once.
func (a *app) planner() rustc.Planner {
	var sets sync.Map // by key: func() (*rustc.Set, error)
	return rustc.Planner{Sets: func(key string) (*rustc.Set, error) {
		read, _ := sets.LoadOrStore(key, sync.OnceValues(func() (*rustc.Set, error) { return a.plannerSet(key) }))
		set, err := read.(func() (*rustc.Set, error))()
		if err != nil {
			sets.Delete(key) // the next request tries again
		}
		return set, err
	}}
}

// plannerSet is the set as a planner wants it.
func (a *app) plannerSet(key string) (*rustc.Set, error) {
	set, err := a.knownSet(key)
	if err != nil {
		return nil, err
	}
	return setplan.Of(set), nil
}

// knownSet returns the description of the set with that key. For an image that was built
// elsewhere, it reads the description from the image and caches it.
func (a *app) knownSet(key string) (*crates.Set, error) {
	cache, err := a.cacheDir()
	if err != nil {
		return nil, err
	}
	set, missing := crates.Describe(cache, key)
	if !errors.Is(missing, fs.ErrNotExist) {
		return set, missing
	}
	ctx, cancel := context.WithTimeout(context.Background(), setTime)
	defer cancel()
	e, err := engine.Open(ctx, a.config.Docker.Host)
	if err != nil {
		return nil, fmt.Errorf("%w, and no image to read it from: %w", missing, err)
	}
	defer e.Close()
	text, err := (&images.Builder{Engine: e}).SetText(ctx, key)
	if err != nil {
		return nil, err
	}
	if set, err = crates.ParseSet(text); err != nil {
		return nil, fmt.Errorf("the set in the image: %w", err)
	}
	if set.Key != key {
		return nil, fmt.Errorf("the image with the set %s holds the set %q", key, set.Key)
	}
	if err := crates.Keep(cache, set); err != nil {
		a.log.Warn("cannot keep the set of the image, and will read it again", "err", err)
	}
	return set, nil
}

// setTime bounds the reading of an image's set, which takes less than a second.
const setTime = 30 * time.Second

// missingCrates lists the crates that a program failed to compile without. It returns
// nil if none is missing. messages is the compiler's output.
func (a *app) missingCrates(ctx context.Context, b runner.Backend, ch runner.Channel, files []runner.File, main string, messages []byte) *wire.MissingCrates {
	var mentioned []string
	for _, f := range files {
		if f.Name == main || strings.HasSuffix(f.Name, ".rs") {
			mentioned = append(mentioned, rustc.Mentions(f.Data)...)
		}
	}
	unlinked := rustc.Unlinked(messages, mentioned)
	if len(unlinked) == 0 {
		return nil
	}
	tc, err := b.Toolchain(ctx, ch)
	if err != nil {
		return nil
	}
	if tc.Set == "" {
		return &wire.MissingCrates{Names: unlinked, NoSet: true}
	}
	set, err := a.plannerSet(tc.SetKey)
	if err != nil {
		return nil
	}
	return &wire.MissingCrates{Names: unlinked, Nearest: nearest(unlinked, set)}
}

// sayMissing words the missing crates for a user of the command line.
func sayMissing(m *wire.MissingCrates) string {
	list := "crate " + strings.Join(m.Names, ", ")
	if len(m.Names) > 1 {
		list = "crates " + strings.Join(m.Names, ", ")
	}
	if m.NoSet {
		return list + ": " + errNoSet.Error() + " (corust crates build)"
	}
	list += ": not in the set of crates"
	if len(m.Nearest) > 0 {
		list += "; the nearest there is " + strings.Join(m.Nearest, ", ")
	}
	return list + " (corust crates list, add)"
}

// nearest names the nearest crate of the set for each name.
func nearest(names []string, set *rustc.Set) []string {
	var have, near []string
	for _, k := range set.Crates {
		have = append(have, k.Name)
	}
	for _, name := range names {
		for _, n := range crates.Nearest(name, have, 1) {
			if !slices.Contains(near, n) {
				near = append(near, n)
			}
		}
	}
	return near
}
