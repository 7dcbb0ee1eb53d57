package remote

import (
	"context"
	"fmt"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Toolchains lists the toolchains of the workers that are there, by channel, the default
// first. If workers have different ones under one name, the list has that of the first
// worker by name.
func (e *Executor) Toolchains(context.Context) ([]runner.Toolchain, error) {
	named := map[runner.Channel]runner.Toolchain{}
	var channels []runner.Channel
	for _, w := range e.Workers() {
		for _, tc := range w.Toolchains {
			if _, ok := named[tc.Channel]; !ok {
				named[tc.Channel] = tc
				channels = append(channels, tc.Channel)
			}
		}
	}
	if len(channels) == 0 {
		return nil, nil
	}
	runner.SortChannels(channels, channels[0])
	var list []runner.Toolchain
	for _, c := range channels[:min(len(channels), runner.MaxToolchains)] {
		list = append(list, named[c])
	}
	return list, nil
}

// Toolchain returns the toolchain that a run of a channel gets. It waits a moment for a worker
// to announce itself, fails with runner.ErrBackend if there is none, and with an
// *runner.InvalidError if none has it. The toolchain of "" is the first of a worker's list.
func (e *Executor) Toolchain(ctx context.Context, channel runner.Channel) (runner.Toolchain, error) {
	for began := time.Now(); ; {
		e.mu.Lock()
		news := e.news
		e.mu.Unlock()
		for _, w := range e.Workers() {
			for _, tc := range w.Toolchains {
				if channel == "" || tc.Named(channel) {
					return tc, nil
				}
			}
		}
		err := e.able(channel)
		left := noWorker - time.Since(began)
		if left <= 0 {
			if err == nil {
				err = fmt.Errorf("no worker has a toolchain: %w", runner.ErrBackend)
			}
			return runner.Toolchain{}, err
		}
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return runner.Toolchain{}, ctx.Err()
		case <-news:
		case <-timer.C:
		}
		timer.Stop()
	}
}
