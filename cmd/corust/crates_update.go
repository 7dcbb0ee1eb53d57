package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/corust-dev/corust/crates"
	"github.com/spf13/cobra"
)

func newCratesUpdate(a *app, f *cratesFlags) *cobra.Command {
	var feed string
	var count int
	var trial bool
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Rewrite the list from the feed, with the newest versions that build",
		Long: `Read the feed, let cargo choose the newest released versions that the toolchain can
build together, compile them, and write the list. Crates that you added stay. A
crate that does not build is taken in an older version, or left out with the reason
in the list. If anything fails, the list does not change.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := f.config
			if !cmd.Flags().Changed("feed") {
				feed = c.Feed
			}
			if !cmd.Flags().Changed("count") {
				count = c.Count
			}
			return a.updateCrates(cmd.Context(), f, feed, count, trial)
		},
	}
	cmd.Flags().StringVar(&feed, "feed", crates.DefaultFeed, "URL or file of the Atom feed")
	cmd.Flags().IntVar(&count, "count", 200, fmt.Sprintf("how many crates to take, at most %d", crates.MaxEntries))
	cmd.Flags().BoolVar(&trial, "trial", true, "compile the crates, to leave out those that do not build")
	return cmd
}

func (a *app) updateCrates(ctx context.Context, f *cratesFlags, source string, count int, trial bool) error {
	if count < 1 || count > crates.MaxEntries {
		return fmt.Errorf("--count: %d is not between 1 and %d", count, crates.MaxEntries)
	}
	old, path, err := f.read()
	if f.named() != "" && errors.Is(err, fs.ErrNotExist) {
		err = nil // a new list
	}
	if err != nil {
		return err
	}
	memory := feedMemory(path)
	feed, err := new(crates.FeedReader).Read(ctx, source, memory.read())
	if err != nil {
		return err
	}
	var wants []crates.Want
	for _, c := range old.Crates {
		if c.Own { // before the feed's, which name no features
			wants = append(wants, crates.Want{Name: c.Name, Features: append([]string{}, c.Features...), NoDefault: !c.DefaultFeatures, Own: true})
		}
	}
	for _, name := range feed.Names[:min(count, len(feed.Names))] {
		wants = append(wants, crates.Want{Name: name})
	}
	t, err := f.toolchain(ctx)
	if err != nil {
		return err
	}
	r, err := a.resolver(t, nil, trial)
	if err != nil {
		return err
	}
	show, end := a.compiling()
	r.Progress = show
	list, err := r.Resolve(ctx, source, wants)
	end()
	if err != nil {
		return err
	}
	if err := crates.WriteList(path, list); err != nil {
		return err
	}
	memory.write(feed)
	a.changed(old, list)
	return nil
}

// feedMemory is the file beside a list that holds the last content of its feed.
type feedMemory string

func (m feedMemory) file() string {
	return string(m[:len(m)-len(filepath.Ext(string(m)))]) + ".feed.json"
}

// read returns the last content of the feed; nothing if it cannot be read, in which
// case the whole feed is fetched.
func (m feedMemory) read() crates.Feed {
	var feed crates.Feed
	if text, err := os.ReadFile(m.file()); err != nil || json.Unmarshal(text, &feed) != nil {
		return crates.Feed{}
	}
	for _, name := range feed.Names {
		if crates.CheckName(name) != nil {
			return crates.Feed{}
		}
	}
	return feed
}

// write keeps only entries that a server can confirm.
func (m feedMemory) write(feed crates.Feed) {
	if feed.ETag == "" && feed.LastModified == "" {
		os.Remove(m.file())
		return
	}
	if text, err := json.Marshal(feed); err == nil {
		_ = os.WriteFile(m.file(), append(text, '\n'), 0o644)
	}
}
