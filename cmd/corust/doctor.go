package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
	"github.com/corust-dev/corust/runner/docker"
	"github.com/corust-dev/corust/runner/native"
	"github.com/spf13/cobra"
)

// diagnosis is what doctor finds.
type diagnosis struct {
	Checks []native.Check `json:"checks"`
	// Run and Serve are the backends that corust run and corust serve would take.
	Run   choice `json:"run"`
	Serve choice `json:"serve"`
}

// choice is a backend, or the reason why none can be made.
type choice struct {
	Backend string `json:"backend,omitempty"`
	Why     string `json:"why"`
}

func newDoctor(a *app) *cobra.Command {
	var asJSON, attack bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what this machine can do and what is missing",
		Long: `Check everything that a box needs, and print for each missing piece what its lack
costs and how to get it. Exit with 0 if programs can run with every limit enforced,
and with 1 otherwise.

With --attack, run the hostile programs of corust's tests in boxes on this machine,
which takes minutes. Print the outcome and the leftovers of each, and exit with 1 if
one did not end as it must. docs/security.md explains the classes.`,
		Example: `  corust doctor
  corust doctor --attack --backend native`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if attack {
				return a.runAttack(cmd.Context(), asJSON)
			}
			d := a.diagnose(cmd.Context())
			if asJSON {
				if err := a.printJSON(d); err != nil {
					return err
				}
			} else {
				a.showDiagnosis(d)
			}
			if d.Serve.Backend == "" {
				return &exitError{code: 1}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.Flags().BoolVar(&attack, "attack", false, "run hostile programs in boxes of this machine")
	cmd.Flags().String("backend", "", "backend to attack: native, docker or auto (default the configuration's)")
	setsKey(cmd, "backend", "backend")
	completes(cmd, "backend", config.Backends...)
	return cmd
}

// printJSON prints a value as indented JSON.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// runAttack attacks and prints.
func (a *app) runAttack(ctx context.Context, asJSON bool) error {
	each := a.showAttacked
	if asJSON {
		each = func(attacked) {}
	}
	result, err := a.attack(ctx, each)
	if err != nil {
		return err
	}
	if asJSON {
		if err := a.printJSON(result); err != nil {
			return err
		}
	} else {
		a.showAssault(result)
	}
	if result.failed() {
		return &exitError{code: 1}
	}
	return nil
}

func (a *app) diagnose(ctx context.Context) diagnosis {
	d := diagnosis{Checks: native.Diagnose(a.nativeConfig())}
	if b, err := native.New(a.nativeConfig()); err == nil {
		d.Checks = append(d.Checks, checkToolchains(ctx, b), checkLeftovers(ctx, b))
		b.Close()
	}
	d.Checks = append(d.Checks, a.checkEngine(ctx)...)
	d.Checks = append(d.Checks, a.checkCache("run cache", forOneRun), a.checkCache("serve cache", forServer))
	d.Run, d.Serve = a.choice(ctx, forOneRun), a.choice(ctx, forServer)
	return d
}

func (a *app) choice(ctx context.Context, p purpose) choice {
	c, err := a.openBackend(ctx, p)
	if err != nil {
		return choice{Why: err.Error()}
	}
	defer c.Close()
	if b, ok := c.Backend.(*native.Backend); ok && p == forOneRun {
		if err := b.Try(ctx); err != nil { // as corust run would find out
			return choice{Why: err.Error()}
		}
	}
	return choice{Backend: c.Name(), Why: c.because()}
}

// checkEngine asks the engine, and then for the image of boxes.
func (a *app) checkEngine(ctx context.Context) []native.Check {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	c := native.Check{Name: "container engine", State: native.StateOK}
	b, err := docker.Open(ctx, a.dockerConfig())
	if err != nil {
		c.State, c.Found = native.StateWarn, err.Error()
		c.Cost = "no docker boxes; native ones do without"
		c.Fix = hintFor(err)
		return []native.Check{c}
	}
	defer b.Close()
	c.Found = describeEngine(b.Engine())
	image := native.Check{Name: "box image", State: native.StateOK, Found: b.Image("")}
	if _, err := b.Toolchain(ctx, ""); err != nil {
		image.State, image.Found = native.StateWarn, err.Error()
		image.Cost = "no docker boxes"
		image.Fix = hintFor(err)
	}
	return []native.Check{c, image, checkToolchains(ctx, b), checkLeftovers(ctx, b)}
}

// checkToolchains lists the values of --channel, and what links the programs of each. That
// there is a default toolchain is a separate check.
func checkToolchains(ctx context.Context, b runner.Backend) native.Check {
	c := native.Check{Name: b.Name() + " channels", State: native.StateOK}
	list, err := b.Toolchains(ctx)
	if err != nil {
		c.State, c.Found, c.Cost, c.Fix = native.StateWarn, err.Error(), "no --channel", hintFor(err)
		return c
	}
	var names []string
	for _, tc := range list {
		linker := "rust-lld"
		if tc.LinkArgs == "" {
			linker = "cc"
		}
		names = append(names, fmt.Sprintf("%s (rustc %s, linked by %s)", tc.Channel, tc.Version, linker))
	}
	c.Found = cmp.Or(strings.Join(names, ", "), "none")
	return c
}

// checkLeftovers removes what killed processes left, and reports it.
func checkLeftovers(ctx context.Context, b runner.Backend) native.Check {
	c := native.Check{Name: b.Name() + " leftovers", State: native.StateOK, Found: "none"}
	n, err := b.Sweep(ctx)
	if n > 0 {
		c.Found = fmt.Sprintf("removed %d that killed processes had left", n)
	}
	if err != nil {
		c.State, c.Found = native.StateWarn, err.Error()
		c.Cost = "memory or disk until the machine restarts"
		c.Fix = "remove what is named"
	}
	return c
}

// checkCache looks at where corust run or corust serve keep compiled programs.
func (a *app) checkCache(name string, p purpose) native.Check {
	c := native.Check{Name: name, State: native.StateOK}
	cfg := a.config.Cache
	dir, err := a.artifactsDir(p)
	switch {
	case cfg.Scope == config.CacheOff:
		c.Found = "off, by the configuration"
		return c
	case err == nil && (dir == "" || cfg.Size == 0):
		c.Found = "no directory, by the configuration"
		if p == forServer {
			c.Found = fmt.Sprintf("in memory only, at most %s", megabytes(int64(cfg.Memory)))
		}
		return c
	}
	var u cache.Usage
	if err == nil {
		u, err = cache.UsageOf(dir)
	}
	if err == nil {
		err = cache.Check(dir)
	}
	if err != nil {
		c.State, c.Found = native.StateWarn, err.Error()
		c.Cost = "a program that did not change is compiled again"
		c.Fix = "make room or correct its owner and mode, or set cache.directory"
		return c
	}
	c.Found = fmt.Sprintf("%s: %d programs, %s of at most %s", dir, u.Files, megabytes(u.Bytes), megabytes(int64(cfg.Size)))
	return c
}

func describeEngine(info engine.Info) string {
	return fmt.Sprintf("version %s, API %s, control groups %s", info.Version, info.API, info.Cgroup)
}

func (a *app) showDiagnosis(d diagnosis) {
	for _, c := range d.Checks {
		mark := map[native.State]string{native.StateOK: "ok", native.StateWarn: "warn", native.StateFail: "FAIL"}[c.State]
		fmt.Fprintf(a.out, "%-4s  %-17s %s\n", mark, c.Name, c.Found)
		if c.State == native.StateOK {
			continue
		}
		for _, line := range []struct{ label, text string }{{"costs", c.Cost}, {"fix", c.Fix}} {
			if line.text != "" {
				fmt.Fprintf(a.out, "%23s %s: %s\n", "", line.label, line.text)
			}
		}
	}
	for _, c := range []struct {
		command string
		choice
	}{{"corust run", d.Run}, {"corust serve", d.Serve}} {
		name := c.Backend
		if name == "" {
			name = "nothing"
		}
		fmt.Fprintf(a.out, "\n%s uses %s: %s\n", c.command, name, c.Why)
	}
}
