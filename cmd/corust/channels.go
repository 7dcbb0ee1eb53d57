package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/docker"
	"github.com/corust-dev/corust/runner/native"
	"github.com/spf13/cobra"
)

// completionTime bounds the question to the engine while a shell waits.
const completionTime = time.Second

// completesChannel completes --channel with the toolchains of the backend that the
// configuration or --backend names; of either one for auto.
func (a *app) completesChannel(cmd *cobra.Command) {
	err := cmd.RegisterFlagCompletionFunc("channel", func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if a.loadConfig(cmd.Flags()) != nil {
			a.config = config.Default() // corust run says what is wrong with the file
		}
		backend := a.config.Backend
		if f := cmd.Flag("backend"); f != nil && f.Changed {
			backend = f.Value.String()
		}
		return a.channels(cmd.Context(), backend), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // no such flag
	}
}

// channels lists the toolchains of a backend. It starts no compiler.
func (a *app) channels(ctx context.Context, backend string) []cobra.Completion {
	var names []runner.Channel
	about := map[runner.Channel]string{}
	if backend != "docker" {
		if b, err := native.New(a.nativeConfig()); err == nil {
			names = b.Channels()
			b.Close()
		}
	}
	if backend != native.Name {
		ctx, cancel := context.WithTimeout(ctx, completionTime)
		defer cancel()
		if b, err := docker.Open(ctx, a.dockerConfig()); err == nil {
			list, _ := b.Toolchains(ctx) // without an answer there is nothing to complete
			for _, tc := range list {
				if !slices.Contains(names, tc.Channel) {
					names = append(names, tc.Channel)
				}
				about[tc.Channel] = fmt.Sprintf("rustc %s in docker boxes", tc.Version)
			}
			b.Close()
		}
	}
	var list []cobra.Completion
	for _, name := range names {
		list = append(list, cobra.CompletionWithDesc(string(name), about[name]))
	}
	return list
}
