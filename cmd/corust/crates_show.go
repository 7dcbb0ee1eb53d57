package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/corust-dev/corust/crates"
	"github.com/spf13/cobra"
)

func newCratesList(a *app, f *cratesFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the crates that programs may use",
		Args:  noArgs,
		RunE: f.reading(func(_ *cobra.Command, _ []string, l crates.List, _ string) error {
			if asJSON {
				return json.NewEncoder(a.out).Encode(l)
			}
			a.showCrates(l.Crates)
			for _, e := range l.Excluded {
				a.say("left out: %s: %s", e, e.Reason)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return cmd
}

func newCratesSearch(a *app, f *cratesFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "search WORD",
		Short: "Find crates of the list by name and description",
		Args:  one("WORD"),
		RunE: f.reading(func(_ *cobra.Command, args []string, l crates.List, _ string) error {
			word := strings.ToLower(args[0])
			var found []crates.Crate
			for _, c := range l.Crates {
				if strings.Contains(strings.ToLower(crates.Ident(c.Name)+" "+c.Name+" "+c.Description), word) {
					found = append(found, c)
				}
			}
			if len(found) == 0 {
				return fmt.Errorf("no crate of the list has %q in its name or description%s", args[0], thereIs(args[0], l))
			}
			a.showCrates(found)
			return nil
		}),
	}
}

func newCratesInfo(a *app, f *cratesFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "info CRATE",
		Short: "Show a crate: version, features, how code names it, whether it is built",
		Args:  one("CRATE"),
		RunE: f.reading(func(cmd *cobra.Command, args []string, l crates.List, path string) error {
			c, ok := l.Get(args[0])
			if !ok {
				for _, e := range l.Excluded {
					if e.Name == args[0] {
						return fmt.Errorf("crate %s is left out: %s", e.Name, e.Reason)
					}
				}
				return notListed(args[0], l)
			}
			t, err := f.toolchain(cmd.Context())
			if err != nil {
				return err
			}
			return a.showCrate(c, t, path)
		}),
	}
}

// showCrate shows all that is known of a crate of the list at path.
func (a *app) showCrate(c crates.Crate, t crates.Toolchain, path string) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", label, text)
		}
	}
	line("name", c.Name)
	line("version", c.Version)
	line("about", c.Description)
	line("note", c.Note)
	if c.Own {
		line("added", "by you")
	}
	if built, ok := a.builtCrate(t, path, c.Name); ok {
		line("features", strings.Join(built.Features, ", "))
		line("in code", built.Ident)
		line("built", "yes, for rustc "+t.Release)
	} else {
		line("features", strings.Join(c.Features, ", "))
		line("built", "no: corust crates build")
	}
	return w.Flush()
}

// builtCrate finds the crate in the set of the list, if that has been built.
func (a *app) builtCrate(t crates.Toolchain, list, name string) (crates.Built, bool) {
	dir, _ := a.recallSet(t.Rustc, list)
	if dir == "" {
		return crates.Built{}, false
	}
	set, err := crates.OpenSet(dir)
	if err != nil {
		return crates.Built{}, false
	}
	built, err := set.Crate(name)
	return built, err == nil
}

func (a *app) showCrates(list []crates.Crate) {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.Name, c.Version, c.Description)
	}
}

// notListed names the nearest crates of a list.
func notListed(name string, l crates.List) error {
	return fmt.Errorf("crate %q is %w%s", name, crates.ErrNotInSet, thereIs(name, l))
}

// thereIs is the end of a sentence that names the nearest crates of a list.
func thereIs(name string, l crates.List) string {
	var names []string
	for _, c := range l.Crates {
		names = append(names, c.Name)
	}
	if near := crates.Nearest(name, names, 3); len(near) > 0 {
		return "; there is " + strings.Join(near, ", ")
	}
	return ""
}
