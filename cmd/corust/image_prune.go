package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/corust-dev/corust/images"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

func newImagePrune(a *app) *cobra.Command {
	var yes bool
	var keep []string
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove images that are not in use",
		Long: `Remove corust's images, except the current one of each channel, and the bases made
on this machine that no remaining image needs. Print them and ask first.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.pruneImages(cmd.Context(), keep, yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().StringArrayVar(&keep, "keep", nil, "image that another configuration uses; may be repeated")
	return cmd
}

func (a *app) pruneImages(ctx context.Context, keep []string, yes bool) error {
	e, err := engine.Open(ctx, a.config.Docker.Host)
	if err != nil {
		return err
	}
	defer e.Close()
	b := &images.Builder{Engine: e}
	all, err := b.List(ctx)
	if err != nil {
		return err
	}
	for _, ref := range a.dockerConfig().Images {
		keep = append(keep, ref)
	}
	for _, img := range all {
		keep = append(keep, engine.Repository+":"+img.Channel)
	}
	unused, err := b.Unused(ctx, keep)
	if err != nil {
		return err
	}
	if len(unused.Images)+len(unused.Bases) == 0 {
		a.say("nothing to remove")
		return nil
	}
	for _, img := range unused.Images {
		fmt.Fprintf(a.err, "  %s  %s  %s\n", strings.Join(img.Tags, ","), img.Rustc, units.BytesSize(float64(img.Size)))
	}
	for _, base := range unused.Bases {
		fmt.Fprintf(a.err, "  %s  (base)\n", base)
	}
	if !yes {
		ok, err := a.ask(fmt.Sprintf("remove these %d?", len(unused.Images)+len(unused.Bases)))
		if err != nil {
			return err
		}
		if !ok {
			a.say("nothing was removed")
			return nil
		}
	}
	return b.Remove(ctx, unused)
}

// errNotAsked is returned when standard input ends before an answer.
var errNotAsked = errors.New("standard input ended before the question was answered")

// ask asks a question and reports whether the answer is y or yes.
func (a *app) ask(question string) (bool, error) {
	fmt.Fprintf(a.err, "corust: %s [y/N] ", question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && line == "" {
		fmt.Fprintln(a.err)
		return false, errNotAsked
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}
