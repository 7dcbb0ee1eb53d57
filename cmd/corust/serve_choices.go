package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// toolchains is the part of a backend that knows what its boxes hold.
type toolchains interface {
	Toolchain(ctx context.Context, channel runner.Channel) (runner.Toolchain, error)
}

// choices returns the options of a run on a server: the table of actions, with those
// that the backend's toolchain supports, and the configuration's defaults.
func (a *app) choices(ctx context.Context, b toolchains) (*server.Choices, error) {
	byDefault := a.config.Run.Options()
	tc, err := b.Toolchain(ctx, byDefault.Channel)
	if err != nil {
		return nil, err
	}
	newest, err := tc.DefaultEdition()
	if err != nil {
		return nil, err
	}
	c := &server.Choices{Defaults: server.DefaultChoices{
		Action:  string(cmp.Or(byDefault.Action, runner.DefaultOptions.Action)),
		Mode:    string(cmp.Or(byDefault.Mode, runner.DefaultOptions.Mode)),
		Edition: string(cmp.Or(byDefault.Edition, newest)),
		Channel: string(byDefault.Channel),
	}}
	for _, action := range rustc.Actions() {
		choice := server.ActionChoice{
			Choice: server.Choice{Name: string(action.Name), Title: action.Title, Available: true},
			About:  action.About, Program: action.Program(), Mode: action.Mode, Edits: action.Edits, View: action.View,
		}
		var lacks *runner.InvalidError
		if errors.As(action.Check(tc), &lacks) {
			choice.Available, choice.Reason = false, lacks.Reason
			_, choice.Hint = action.Missing(tc)
		}
		c.Actions = append(c.Actions, choice)
	}
	for _, mode := range runner.Modes {
		c.Modes = append(c.Modes, server.Choice{Name: string(mode), Title: strings.ToUpper(string(mode[:1])) + string(mode[1:]), Available: true})
	}
	for i, edition := range runner.Editions {
		choice := server.Choice{Name: string(edition), Title: string(edition), Available: true}
		if i > slices.Index(runner.Editions, newest) {
			choice.Available, choice.Reason = false, fmt.Sprintf("the toolchain knows editions up to %s", newest)
		}
		c.Editions = append(c.Editions, choice)
	}
	for _, t := range runner.CrateTypes {
		c.CrateTypes = append(c.CrateTypes, server.Choice{Name: string(t), Title: string(t), Available: true})
	}
	for i, s := range runner.AsmSyntaxes {
		c.AsmSyntaxes = append(c.AsmSyntaxes, server.Choice{Name: string(s), Title: []string{"Intel", "AT&T"}[i], Available: true})
	}
	return c, nil
}
