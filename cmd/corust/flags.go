package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError words an error of parsing the flags of a command.
func flagError(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		without *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown):
		err = fmt.Errorf("unknown flag: %s", dashed(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames()))
	case errors.As(err, &without):
		err = fmt.Errorf("flag %s needs a value", dashed(without.GetSpecifiedName(), without.GetSpecifiedShortnames()))
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		if want := map[string]string{"bool": "true or false", "int": "a whole number"}[f.Value.Type()]; want != "" {
			return fmt.Errorf("--%s: invalid value %q (want %s)", f.Name, invalid.GetValue(), want)
		}
		err = fmt.Errorf("--%s: invalid value %q: %w", f.Name, invalid.GetValue(), errors.Unwrap(invalid))
	}
	return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
}

// dashed is a flag as the user typed it. group is what stood after the dash if the flag is
// a letter.
func dashed(name, group string) string {
	switch group {
	case "":
		return "--" + name
	case name:
		return "-" + name
	}
	return fmt.Sprintf("-%s in -%s", name, group)
}

// exclusiveAnnotation is where cobra.Command.MarkFlagsMutuallyExclusive notes the groups
// of a flag, each as names with spaces between them.
const exclusiveAnnotation = "cobra_annotation_mutually_exclusive"

// exclude returns an error if two flags were given of which cobra's
// MarkFlagsMutuallyExclusive allows one. It words what cobra would say later.
func exclude(cmd *cobra.Command) error {
	groups := map[string][]string{} // the flags that were given, by group
	cmd.Flags().Visit(func(f *pflag.Flag) {
		for _, group := range f.Annotations[exclusiveAnnotation] {
			groups[group] = append(groups[group], "--"+f.Name)
		}
	})
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		if given := groups[group]; len(given) > 1 {
			return fmt.Errorf("%s cannot be used together (see %s --help)", strings.Join(given, " and "), cmd.CommandPath())
		}
	}
	return nil
}

// one accepts a single argument. kind is its name in the usage line.
func one(kind string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s takes one %s, not %d (see %[1]s --help)", cmd.CommandPath(), kind, len(args))
		}
		return nil
	}
}

// some accepts one argument or more. kind is the name of each in the usage line.
func some(kind string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return one(kind+" or more")(cmd, args)
		}
		return nil
	}
}

// noArgs is cobra.NoArgs with a suggestion in its error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return fmt.Errorf("%s takes no argument such as %q (see %[1]s --help)", cmd.CommandPath(), args[0])
	}
	meant := ""
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		meant = fmt.Sprintf(", perhaps %s", strings.Join(near, " or "))
	} else if !cmd.HasParent() && strings.HasSuffix(args[0], ".rs") {
		meant = ", perhaps run " + args[0]
	}
	return fmt.Errorf("unknown command %q for %q%s (see %[2]s --help)", args[0], cmd.CommandPath(), meant)
}

// strictly makes the commands that cobra adds to a tree, help and completion, refuse
// names that mean nothing, as the others do.
func strictly(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				topic, rest, err := root.Find(args)
				return cmp.Or(err, noArgs(topic, rest))
			}
		case "completion":
			cmd.Args, cmd.RunE = noArgs, listCommands
			for _, shell := range cmd.Commands() {
				shell.Args = noArgs
			}
		}
	}
}
