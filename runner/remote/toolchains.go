package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Toolchains lists the toolchains of the workers that are there, by channel. If workers have
// different ones under one name, the list has that of the first worker by name.
func (e *Executor) Toolchains(context.Context) ([]runner.Toolchain, error) {
	var list []runner.Toolchain
	for _, w := range e.Workers() {
		for _, tc := range w.Toolchains {
			if !slices.ContainsFunc(list, func(have runner.Toolchain) bool { return have.Channel == tc.Channel }) {
				list = append(list, tc)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b runner.Toolchain) int { return cmp.Compare(a.Channel, b.Channel) })
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
				if channel == "" || tc.Channel == channel {
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
