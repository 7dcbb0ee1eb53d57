package main

import (
	"context"
	"slices"
	"strings"

	"github.com/corust-dev/corust/crates"
	"github.com/spf13/cobra"
)

func newCratesAdd(a *app, f *cratesFlags) *cobra.Command {
	var want crates.Want
	var trial bool
	cmd := &cobra.Command{
		Use:   "add CRATE[@VERSION]",
		Short: "Add a crate of your choice to the list",
		Long: `Add a crate to the list, in the newest version that meets VERSION (cargo's syntax:
1.2, "=1.2.3", ">=1, <1.5"). The versions of the other crates do not change. A crate
that the list already has is replaced.`,
		Example: `  corust crates add smol
  corust crates add bevy_ecs@0.15 --features trace --no-default-features`,
		Args: one("CRATE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			want.Name, want.Requirement, _ = strings.Cut(args[0], "@")
			want.Own = true
			return a.editCrates(cmd.Context(), f, trial, func(wants []crates.Want, _ crates.List) ([]crates.Want, error) {
				wants = slices.DeleteFunc(wants, func(w crates.Want) bool { return crates.Ident(w.Name) == crates.Ident(want.Name) })
				return append(wants, want), nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&want.Features, "features", nil, "features to enable, besides the default ones")
	cmd.Flags().BoolVar(&want.NoDefault, "no-default-features", false, "leave the default features off")
	cmd.Flags().BoolVar(&trial, "trial", true, "compile the crate, to see that it builds")
	return cmd
}

func newCratesRemove(a *app, f *cratesFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "remove CRATE...",
		Short: "Remove crates from the list",
		Args:  some("CRATE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.editCrates(cmd.Context(), f, false, func(wants []crates.Want, l crates.List) ([]crates.Want, error) {
				for _, name := range args {
					c, ok := l.Get(name)
					if !ok {
						return nil, notListed(name, l)
					}
					wants = slices.DeleteFunc(wants, func(w crates.Want) bool { return w.Name == c.Name })
				}
				return wants, nil
			})
		},
	}
}

// editCrates resolves a changed list with all that is not changed as it is.
func (a *app) editCrates(ctx context.Context, f *cratesFlags, trial bool, edit func([]crates.Want, crates.List) ([]crates.Want, error)) error {
	old, path, err := f.read()
	if err != nil {
		return err
	}
	var wants []crates.Want
	for _, c := range old.Crates {
		wants = append(wants, c.Pinned())
	}
	if wants, err = edit(wants, old); err != nil {
		return err
	}
	t, err := f.toolchain(ctx)
	if err != nil {
		return err
	}
	r, err := a.resolver(t, old.Lock, trial)
	if err != nil {
		return err
	}
	r.All = true // the user asked for it: a crate that cannot be had is an error, not a line in the list
	show, end := a.compiling()
	r.Progress = show
	list, err := r.Resolve(ctx, old.Source, wants)
	end()
	if err != nil {
		return err
	}
	list.Excluded = old.Excluded
	if err := crates.WriteList(path, list); err != nil {
		return err
	}
	a.changed(old, list)
	return nil
}
