package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/images"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner/agent"
	"github.com/docker/go-units"
	"github.com/spf13/cobra"
)

func newImage(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Manage the images of docker boxes",
		Args:  noArgs,
		RunE:  listCommands,
	}
	cmd.AddCommand(newImageBuild(a), newImageList(a), newImagePrune(a))
	return cmd
}

// imageFlags are the flags of corust image build.
type imageFlags struct {
	channel, base, bootstrap, suite, mirror string
	packages, aptOptions                    []string
	components, targets                     []string
	wasmTools                               string
	agent, set                              string
	refresh, force, json                    bool
}

func newImageBuild(a *app) *cobra.Command {
	var f imageFlags
	cmd := &cobra.Command{
		Use:   "build [flags]",
		Short: "Build the image for the boxes of a channel",
		Long: `Build the image for the docker boxes of a channel: a base with rustc, cargo and a C
linker, this corust as the agent, and a set of crates. If the image exists, nothing
is built.

The base is the official Rust image, or the one that --base names. On a machine that
cannot pull images, --bootstrap makes a base from Debian's packages, and
--bootstrap=host from Debian's packages and this machine's Rust: the toolchain of rustup
that --channel names, if that is not stable. Both need root, and mmdebstrap or
debootstrap.`,
		Example: `  corust image build
  corust image build --set ./set
  sudo corust image build --bootstrap=host --set ./set
  sudo corust image build --bootstrap=host --channel nightly
  corust image build --channel nightly --base docker.io/rustlang/rust:nightly-slim`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.buildImage(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.channel, "channel", "stable", "name under which runs ask for the image")
	flags.StringVar(&f.base, "base", images.DefaultBase, "image to build on")
	flags.StringVar(&f.bootstrap, "bootstrap", "", "make the base here: debian or host")
	flags.Lookup("bootstrap").NoOptDefVal = string(images.ToolchainDebian)
	flags.StringVar(&f.suite, "suite", "", "Debian suite for --bootstrap (default "+images.DefaultSuite+", or this machine's suite with host)")
	flags.StringVar(&f.mirror, "mirror", "", "Debian archive for --bootstrap (default the tool's default)")
	flags.StringArrayVar(&f.packages, "package", nil, "further Debian package for --bootstrap; may be repeated")
	flags.StringArrayVar(&f.aptOptions, "apt-option", nil, `option of apt for --bootstrap, such as 'Acquire::Check-Valid-Until "false"'; may be repeated`)
	flags.BoolVar(&f.refresh, "refresh", false, "make the base of --bootstrap again")
	flags.StringVar(&f.agent, "agent", "", "statically linked corust for Linux to use as the agent (default: this program)")
	flags.StringVar(&f.set, "set", "", "directory of a set of crates, as corust crates build --output makes it (default: none)")
	flags.StringSliceVar(&f.components, "component", nil, "component that rustup adds to the base's toolchain, such as miri or clippy; may be repeated")
	flags.StringSliceVar(&f.targets, "target", nil, "target that rustup adds the standard library of, such as wasm32-unknown-unknown; may be repeated")
	flags.StringVar(&f.wasmTools, "wasm-tools", "", "wasm-tools for Linux, which prints WebAssembly (default: none)")
	flags.BoolVar(&f.force, "force", false, "build even if the image exists")
	flags.BoolVar(&f.json, "json", false, "print the image as JSON")
	cmd.MarkFlagsMutuallyExclusive("base", "bootstrap")
	return cmd
}

func (a *app) buildImage(ctx context.Context, f *imageFlags) error {
	options, err := f.options(a.cacheDir)
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, a.config.Docker.Host)
	if err != nil {
		return err
	}
	defer e.Close()
	shown := newBuildProgress(a.err, isTerminal(a.err) && !dumb(os.Getenv))
	builder := images.Builder{Engine: e}
	img, built, err := builder.Build(ctx, options, shown.event)
	shown.end(err == nil && built)
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(a.out).Encode(img)
	}
	if !built {
		a.say("%s is up to date", img.Ref)
	}
	_, err = fmt.Fprintln(a.out, img.Ref)
	return err
}

// options makes the builder's options of the flags.
func (f *imageFlags) options(cacheDir func() (string, error)) (images.BuildOptions, error) {
	o := images.BuildOptions{
		Channel: f.channel, Base: f.base, Force: f.force,
		Agent: f.agent, AgentVersion: agent.Version,
		Components: f.components, Targets: f.targets, WasmTools: f.wasmTools,
	}
	if f.bootstrap != "" {
		o.Bootstrap = &images.Bootstrap{
			Toolchain: images.Toolchain(f.bootstrap), Suite: f.suite, Mirror: f.mirror,
			Packages: f.packages, AptOptions: f.aptOptions, Refresh: f.refresh,
		}
	} else if f.suite != "" || f.mirror != "" || len(f.packages) > 0 || len(f.aptOptions) > 0 || f.refresh {
		return o, errors.New("--suite, --mirror, --package, --apt-option and --refresh are for --bootstrap")
	}
	if o.Agent == "" {
		if runtime.GOOS != "linux" {
			return o, fmt.Errorf("%w: this corust is for %s", images.ErrAgent, runtime.GOOS)
		}
		self, err := os.Executable()
		if err != nil {
			return o, err
		}
		o.Agent = self
	}
	if f.set != "" {
		set, err := crates.OpenSet(f.set)
		if err != nil {
			return o, err
		}
		o.Set, o.SetKey, o.SetRustc = f.set, set.Key, set.Rustc
		// Planning a run in the image needs the description of its set.
		cache, err := cacheDir()
		if err == nil {
			err = crates.Keep(cache, set)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

func newImageList(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the images that corust has built",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := engine.Open(cmd.Context(), a.config.Docker.Host)
			if err != nil {
				return err
			}
			defer e.Close()
			list, err := (&images.Builder{Engine: e}).List(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				if list == nil {
					list = []images.Image{}
				}
				return json.NewEncoder(a.out).Encode(list)
			}
			return a.showImages(list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the images as JSON")
	return cmd
}

func (a *app) showImages(list []images.Image) error {
	if len(list) == 0 {
		a.say("no images; corust image build makes one")
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "IMAGE\tTAGS\tRUST\tWITH\tSET\tSIZE\tAGE")
	for _, img := range list {
		fmt.Fprintf(w, "%.12s\t%s\t%s\t%s\t%.12s\t%s\t%s\n", strings.TrimPrefix(img.ID, "sha256:"), otherTags(img),
			img.Rustc, dash(strings.Join(img.Components, ",")), dash(img.Set), units.BytesSize(float64(img.Size)), units.HumanDuration(time.Since(img.Created)))
	}
	return w.Flush()
}

// otherTags are an image's names for people: without the one that is its hash,
// if there is another.
func otherTags(img images.Image) string {
	var tags []string
	for _, t := range img.Tags {
		if t != img.Ref {
			tags = append(tags, t)
		}
	}
	if len(tags) == 0 {
		tags = img.Tags
	}
	return strings.Join(tags, ",")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
