package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"syscall"

	"github.com/corust-dev/corust/internal/ansi"
	"github.com/corust-dev/corust/internal/config"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// stdio holds the streams that a command reads and writes. Tests replace them.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// app is the state that the commands share.
type app struct {
	stdio
	// log gets the warnings of the packages: for commands, lines for the person at the
	// terminal; serve has one of a server's.
	log        *slog.Logger
	configFile string
	config     config.Config
	// configPath is the file that was read; empty when there was none.
	configPath string
}

// output remembers the first write that failed: what prints a table does not look.
type output struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		o.mu.Lock()
		o.err = cmp.Or(o.err, err)
		o.mu.Unlock()
	}
	return n, err
}

// failed returns the error of writing the output, unless the reader closed it early. A
// command fails with it even if it succeeded otherwise.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if errors.Is(o.err, syscall.EPIPE) {
		return &exitError{code: exitUnread}
	}
	return o.err
}

// newApp returns an app whose configuration is yet to be loaded.
func newApp(io stdio) *app { return &app{stdio: io, log: slog.New(lines{w: io.err})} }

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, io stdio) int {
	out := &output{Writer: io.out}
	io.out = out
	a := newApp(io)
	root := newRoot(a)
	strictly(root)
	root.SetArgs(args)
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.failed()
	}
	if err == nil {
		return exitOK
	}
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	a.say("%v", err)
	if hint := hintFor(err); hint != "" {
		a.say("hint: %s", hint)
	}
	return exitOurs
}

// newRoot makes the whole tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "corust",
		Short: "Run untrusted Rust in a sandbox",
		Long: `Compile and run untrusted Rust programs. Each run gets a new box without a
network or the machine's files, and with limits on memory, processes, time and
output. The box is destroyed when the run ends.`,
		Args:              noArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := exclude(cmd); err != nil || explains(cmd) {
				return err
			}
			return a.loadConfig(cmd.Flags())
		},
		RunE: listCommands,
	}
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "configuration file (default: $CORUST_CONFIG, $XDG_CONFIG_HOME/corust/config.toml, /etc/corust/config.toml)")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(a),
		newEmit(a),
		newJudge(a),
		newServe(a),
		newWorker(a),
		newBackup(a),
		newRestore(a),
		newMigrate(a),
		newExport(a),
		newImport(a),
		newSnapshots(a),
		newDoctor(a),
		newCrates(a),
		newCache(a),
		newImage(a),
		newVersion(a),
	)
	root.AddCommand(newActions(a)...)
	return root
}

// explains reports whether a command only explains how to use corust, which must work
// with a broken configuration: help, and the completion of shells.
func explains(cmd *cobra.Command) bool {
	switch cmd.Name() {
	case "help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
		return true
	}
	return cmd.HasSubCommands() || cmd.Parent().Name() == "completion"
}

// listCommands is the RunE of a command that only has others below it. Without
// one, cobra takes a mistyped name for a question and ends with 0.
func listCommands(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// keyAnnotation is the annotation of a flag that names the key which the flag sets.
const keyAnnotation = "corust.key"

// setsKey makes a flag of a command set a key of the configuration.
func setsKey(cmd *cobra.Command, flag, key string) {
	if err := cmd.Flags().SetAnnotation(flag, keyAnnotation, []string{key}); err != nil {
		panic(err) // no such flag
	}
}

// loadConfig reads the configuration for a command that was given these flags.
func (a *app) loadConfig(flags *pflag.FlagSet) error {
	var given []config.Flag
	flags.Visit(func(f *pflag.Flag) {
		for _, key := range f.Annotations[keyAnnotation] {
			given = append(given, config.Flag{Name: f.Name, Key: key, Value: f.Value.String()})
		}
	})
	var err error
	a.config, a.configPath, err = config.Load(a.configFile, os.Environ(), given...)
	return err
}

// say prints a message for the user. It may have names from an archive or a directory of a
// stranger, so what would control a terminal is left out.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(ansi.NewFilter(a.err), "corust: "+format+"\n", args...)
}
