package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/corust-dev/corust/runner/native"
	"github.com/spf13/cobra"
)

func newDoctor(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what this machine can do, and what is missing",
		Long: `doctor checks everything that a box needs and says what each missing piece
costs and how to get it. It ends with 0 if a program can be run with every limit
enforced, and with 1 if not.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := a.diagnose()
			if asJSON {
				enc := json.NewEncoder(a.out)
				enc.SetIndent("", "  ")
				if err := enc.Encode(checks); err != nil {
					return err
				}
			} else {
				a.showChecks(checks)
			}
			for _, c := range checks {
				if c.Needed && c.State != native.StateOK {
					return &exitError{code: 1}
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the checks as JSON")
	return cmd
}

// diagnose runs all checks. Those of one kind of box are needed only if there is
// no other kind.
func (a *app) diagnose() []native.Check {
	return native.Diagnose(a.nativeConfig())
}

func (a *app) showChecks(checks []native.Check) {
	for _, c := range checks {
		mark := map[native.State]string{native.StateOK: "ok", native.StateWarn: "warn", native.StateFail: "FAIL"}[c.State]
		fmt.Fprintf(a.out, "%-4s  %-18s %s\n", mark, c.Name, c.Found)
		if c.State == native.StateOK {
			continue
		}
		for _, line := range []struct{ label, text string }{{"costs", c.Cost}, {"fix", c.Fix}} {
			if line.text != "" {
				fmt.Fprintf(a.out, "      %-18s %s: %s\n", "", line.label, strings.ReplaceAll(line.text, "\n", "\n"+strings.Repeat(" ", 27)))
			}
		}
	}
}
