package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
	"github.com/corust-dev/corust/runner/native"
)

// Doctor tells where the cache is, what it holds and what is wrong with it.
func TestDoctorLooksAtTheCache(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "artifacts")
	store, err := cache.Open(cache.Config{Dir: dir, Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	store.Keep(runner.Hash{1}, "", &runner.Artifact{Files: []runner.File{{Name: ".main", Data: make([]byte, 400_000)}}})
	shared := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(shared, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*config.Config)
		state  native.State
		found  string
	}{
		"in use":     {func(c *config.Config) { c.Cache.Directory = dir }, native.StateOK, dir + ": 1 programs, 0.4 MB of at most 1073.7 MB"},
		"missing":    {func(c *config.Config) { c.Cache.Directory = filepath.Join(dir, "none") }, native.StateOK, "none: 0 programs, 0.0 MB of"},
		"of all":     {func(c *config.Config) { c.Cache.Directory = shared }, native.StateWarn, "others may write to it"},
		"off":        {func(c *config.Config) { c.Cache.Scope = config.CacheOff }, native.StateOK, "off, by the configuration"},
		"no size":    {func(c *config.Config) { c.Cache.Size = 0 }, native.StateOK, "in memory only, at most 67.1 MB"},
		"no storage": {func(c *config.Config) { c.Serve.Database = config.InMemory }, native.StateOK, "in memory only, at most 67.1 MB"},
	} {
		a := &app{config: config.Default()}
		tt.change(&a.config)
		c := a.checkCache("serve cache", forServer)
		if c.State != tt.state || !strings.Contains(c.Found, tt.found) || (c.State == native.StateWarn) != (c.Cost != "" && c.Fix != "") {
			t.Errorf("%s: %+v, want %s: %s", name, c, tt.state, tt.found)
		}
	}
}
