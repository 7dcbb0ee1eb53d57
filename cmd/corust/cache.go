package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
	"github.com/spf13/cobra"
)

// openCache opens the cache of compiled programs, or returns nil if there is none. Runs
// work without it, so what prevents it is a warning to the operator of a server, and
// nothing to the user of corust run.
func (a *app) openCache(p purpose) *cache.Store {
	memory := int64(0)
	if p == forServer {
		memory = int64(a.config.Cache.Memory)
	}
	return a.openCacheWith(p, memory)
}

// openCacheWith is openCache with so many bytes in memory.
func (a *app) openCacheWith(p purpose, memory int64) *cache.Store {
	c := a.config.Cache
	if c.Scope == config.CacheOff {
		return nil
	}
	cfg := cache.Config{Bytes: int64(c.Size), Memory: memory}
	if p == forServer {
		cfg.Log = a.log
	}
	dir, err := a.artifactsDir(p)
	if c.Size > 0 {
		cfg.Dir = dir
	}
	var store *cache.Store
	if err == nil {
		store, err = cache.Open(cfg)
	}
	if err != nil && p == forServer {
		a.log.Warn("compiled programs are kept in memory only", "err", err)
		cfg.Dir = ""
		store, _ = cache.Open(cfg) // without a directory, nothing can fail
	}
	return store
}

// resultsMemory is how many bytes of results a server keeps in memory.
const resultsMemory = 16 << 20

// remembering returns an executor that remembers results for the requests that allow it,
// and the counts of that; nil if nothing is remembered. If only the runs of a session
// share, those outside of sessions share nothing.
func (a *app) remembering(x runner.Executor, b toolchains) (runner.Executor, *cache.Results) {
	age := time.Duration(a.config.Cache.Results)
	if a.config.Cache.Scope == config.CacheOff || age == 0 {
		return x, nil
	}
	planner, defaults := a.planner(), a.config.Run.Options()
	results := cache.NewResults(x, cache.ResultsConfig{
		Toolchain: func(ctx context.Context, req runner.Request) (runner.Toolchain, error) {
			opts, err := req.OptionsWith(planner, defaults)
			if err != nil {
				return runner.Toolchain{}, err
			}
			return b.Toolchain(ctx, opts.Channel)
		},
		Bytes: resultsMemory, Age: age,
	})
	if a.config.Cache.Scope == config.CacheSession {
		return alone{results}, results
	}
	return results, results
}

// alone is an executor whose requests share nothing unless they have a scope.
type alone struct{ runner.Executor }

// Run implements runner.Executor.
func (x alone) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	if req.Cache.Scope == "" {
		req.Cache.Off = true
	}
	return x.Executor.Run(ctx, req, stdin, emit)
}

// artifactsDir is the directory of compiled programs. It is empty for a server that keeps
// its sessions in memory.
func (a *app) artifactsDir(p purpose) (string, error) {
	if dir := a.config.Cache.Directory; dir != "" {
		return filepath.Abs(dir)
	}
	if p == forServer {
		where := a.database
		switch {
		case a.config.Serve.Database == config.InMemory:
			return "", nil
		case postgres.Names(a.config.Serve.Database):
			where = databasePath
		}
		path, err := where()
		if err != nil {
			return "", err
		}
		return filepath.Abs(filepath.Join(filepath.Dir(path), "artifacts"))
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "corust", "artifacts"), nil
}

func newCache(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show and clear the compiled programs that corust keeps",
		Long: `Show and clear the compiled programs that corust keeps, so that a source that did
not change is not compiled again. docs/run.md describes the cache.`,
		Args: noArgs,
		RunE: listCommands,
	}
	cmd.AddCommand(newCacheShow(a), newCacheClear(a))
	return cmd
}

func newCacheShow(a *app) *cobra.Command {
	var server bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the directory of the cache and its size",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.cacheOf(server)
			if err != nil {
				return err
			}
			u, err := cache.UsageOf(dir)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "directory  %s\nprograms   %d\nsize       %s, at most %s\n", dir, u.Files, megabytes(u.Bytes), megabytes(int64(a.config.Cache.Size)))
			return err
		},
	}
	serverFlag(cmd, &server)
	return cmd
}

func newCacheClear(a *app) *cobra.Command {
	var server bool
	cmd := &cobra.Command{
		Use:   "clear",
		Short: "Remove all compiled programs from the cache",
		Long: `Remove all compiled programs from the cache directory. Runs and servers may use it
meanwhile. A server still has the programs that it keeps in memory.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := a.cacheOf(server)
			if err != nil {
				return err
			}
			u, err := cache.Clear(dir)
			if err == nil {
				_, err = fmt.Fprintf(a.out, "removed    %d, %s\n", u.Files, megabytes(u.Bytes))
			}
			return err
		},
	}
	serverFlag(cmd, &server)
	return cmd
}

// megabytes formats a size for people.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func serverFlag(cmd *cobra.Command, server *bool) {
	cmd.Flags().BoolVar(server, "server", false, "the cache of corust serve, not that of corust run")
}

// cacheOf returns the directory of the cache of corust run or corust serve.
func (a *app) cacheOf(server bool) (string, error) {
	p := forOneRun
	if server {
		p = forServer
	}
	dir, err := a.artifactsDir(p)
	if err == nil && dir == "" {
		err = errors.New("a server with sessions in memory keeps its programs in memory (cache.directory names a directory)")
	}
	return dir, err
}
