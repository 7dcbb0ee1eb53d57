package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/remote"
	"github.com/spf13/cobra"
)

func newWorker(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "worker [flags]",
		Short: "Run the programs of servers on other machines",
		Long: `Take runs from a bus and execute them in boxes of this machine. Servers with the same
cluster.bus (corust serve --bus) have no boxes of their own: they send their runs to the
workers that are there.

The limits, the toolchains and the crates are those of this machine's configuration. The
worker needs no address: it connects to the bus. When it is stopped, it takes no more runs
and finishes those it has.`,
		Example: `  corust worker --bus nats://10.0.0.3:4222`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.worker(cmd.Context()) },
	}
	busFlag(cmd)
	cmd.Flags().String("backend", "", "backend of the boxes: auto, native or docker (default auto)")
	setsKey(cmd, "backend", "backend")
	completes(cmd, "backend", config.Backends...)
	return cmd
}

func busFlag(cmd *cobra.Command) {
	cmd.Flags().String("bus", "", "NATS servers between servers and workers, such as nats://10.0.0.3:4222")
	setsKey(cmd, "bus", "cluster.bus")
}

var errNoBus = errors.New("no bus to take runs from (want --bus nats://host:4222, or cluster.bus in the configuration)")

// worker is corust worker.
func (a *app) worker(ctx context.Context) (err error) {
	if a.config.Cluster.Bus == "" {
		return errNoBus
	}
	log := slog.New(newSparing(slog.NewTextHandler(a.err, nil), time.Now))
	a.log = log
	backend, err := a.openBackend(ctx, forServer)
	if err != nil {
		return err
	}
	defer closing(&err, "backend", backend.Close)
	tcs, err := a.offers(ctx, backend)
	if err != nil {
		return err
	}
	pool := a.config.Pool
	places := pool.Boxes
	if places == 0 {
		places = runner.DefaultBoxes()
	}
	limit := runner.Config{MaxBoxes: places, MaxQueue: pool.Queue, Warm: pool.Warm}
	if store := a.openCache(forServer); store != nil {
		limit.Artifacts = store
	}
	r, err := a.newRunner(backend, limit)
	if err != nil {
		return err
	}
	defer closing(&err, "boxes", within(closeTime, r.Close))
	b, err := a.openBus(log, false)
	if err != nil {
		return err
	}
	defer closing(&err, "bus", b.Close)
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s/%d", host, os.Getpid())
	w, err := remote.NewWorker(remote.WorkerConfig{
		Bus: b, Prefix: a.config.Cluster.Prefix, Executor: r, Places: places, Log: log,
		About: remote.Announcement{Name: name, Corust: versionString(), Toolchains: tcs},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errBus, err)
	}
	a.say("worker %s takes %d runs at once from %s", name, places, redacted(a.config.Cluster.Bus))
	a.say("programs run in %s boxes: %s", backend.Name(), backend.because())
	a.say("press Ctrl-C to stop")
	a.notify(serviceReady)
	<-ctx.Done()
	drain := time.Duration(a.config.Serve.Drain)
	a.say("stopping: runs may go on for %v; Ctrl-C again ends at once", drain)
	a.notify(serviceStopping)
	if err := within(drain, w.Close)(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// offers lists the toolchains of a worker, the default first.
func (a *app) offers(ctx context.Context, b runner.Backend) ([]runner.Toolchain, error) {
	first, err := b.Toolchain(ctx, a.config.Run.Options().Channel)
	if err != nil {
		return nil, err
	}
	all, err := b.Toolchains(ctx)
	if err != nil {
		return nil, err
	}
	same := func(tc runner.Toolchain) bool { return tc.ID == first.ID && tc.SetKey == first.SetKey }
	if i := slices.IndexFunc(all, same); i >= 0 {
		first = all[i] // by its name
	}
	return append([]runner.Toolchain{first}, slices.DeleteFunc(all, same)...), nil
}

// workers is a backend whose boxes are with workers: it knows their toolchains and makes no
// box.
type workers struct{ *remote.Executor }

// Name implements runner.Backend.
func (workers) Name() string { return "remote" }

// NewBox implements runner.Backend.
func (workers) NewBox(context.Context, runner.BoxSpec) (runner.Box, error) {
	return nil, fmt.Errorf("the boxes are with workers: %w", runner.ErrBackend)
}

// Sweep implements runner.Backend.
func (workers) Sweep(context.Context) (int, error) { return 0, nil }

// Close implements runner.Backend. The executor is closed before.
func (workers) Close() error { return nil }

// executor executes a server's runs, in boxes of this machine or with workers.
type executor struct {
	runner.Executor
	backend *chosen
	boxes   int // that there may be on this machine
	close   func() error
}

// openExecutor makes the executor of a server. The caller closes it.
func (a *app) openExecutor(ctx context.Context, cfg runner.Config) (*executor, error) {
	if a.config.Cluster.Bus != "" {
		return a.openWorkers(cfg)
	}
	backend, err := a.openBackend(ctx, forServer)
	if err != nil {
		return nil, err
	}
	r, err := a.newRunner(backend, cfg)
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	return &executor{r, backend, r.Boxes(), func() (err error) {
		closing(&err, "boxes", within(closeTime, r.Close))
		closing(&err, "backend", backend.Close)
		return err
	}}, nil
}

func (a *app) openWorkers(cfg runner.Config) (*executor, error) {
	b, err := a.openBus(a.log, true)
	if err != nil {
		return nil, err
	}
	x, err := remote.NewExecutor(remote.Config{
		Bus: b, Prefix: a.config.Cluster.Prefix, Places: cfg.MaxBoxes, Queue: cfg.MaxQueue,
		Share: cfg.Share, Shares: cfg.Shares, Planner: a.planner(), Defaults: a.config.Run.Options(), Log: a.log,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errBus, err), b.Close())
	}
	backend := &chosen{Backend: workers{x}, why: "at " + redacted(a.config.Cluster.Bus)}
	return &executor{x, backend, 0, func() (err error) {
		closing(&err, "runs", within(closeTime, x.Close))
		closing(&err, "bus", b.Close)
		return err
	}}, nil
}

// unknown is the toolchain of workers that are not there yet: it can do everything, and the
// worker refuses what it cannot.
type unknown struct{}

// Toolchain implements toolchains.
func (unknown) Toolchain(_ context.Context, channel runner.Channel) (runner.Toolchain, error) {
	return runner.Toolchain{Channel: channel, Version: "1.85.0", Rustc: "rustc", Rustfmt: "rustfmt", ClippyDriver: "clippy-driver"}, nil
}
