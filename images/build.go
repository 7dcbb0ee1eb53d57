package images

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/engine"
)

// DefaultBase is the official Rust image, which is pulled by default.
const DefaultBase = "docker.io/library/rust:1.95.0-slim-trixie"

// defaultChannel is the channel of boxes that name none.
const defaultChannel = "stable"

// buildFormat is part of every image's hash; it changes when this package builds
// something else from the same parts.
const buildFormat = "3"

// BuildOptions describe an image to build.
type BuildOptions struct {
	// Channel is the name under which boxes ask for the image; "stable" if empty.
	Channel string
	// Base is the image to build on; DefaultBase if empty. It is ignored with
	// Bootstrap.
	Base string
	// Bootstrap, if not nil, makes the base on this machine.
	Bootstrap *Bootstrap
	// Agent is a corust for Linux, statically linked.
	Agent string
	// AgentVersion is the version of the protocol that it speaks.
	AgentVersion int
	// Set is a directory of crates, SetKey the hash that names it, and SetRustc the
	// output of rustc -vV of the compiler that built it. All are empty for no set.
	Set, SetKey, SetRustc string
	// Components and Targets are what rustup adds to the base's toolchain, such as "miri"
	// and "wasm32-unknown-unknown". With miri, its standard library is built.
	Components, Targets []string
	// WasmTools is a wasm-tools for Linux that runs in the base; empty for none.
	WasmTools string
	// Force builds even what exists.
	Force bool
}

// Stage is a part of a build.
type Stage string

// The stages of a build, in order. Those that have nothing to do do not appear.
const (
	StageBase  Stage = "base"  // pulled or made
	StageBuild Stage = "build" // the Dockerfile
	StageCheck Stage = "check" // a program compiled and run in it
	StageDone  Stage = "done"
)

// Event is progress.
type Event struct {
	Stage Stage
	// Step and Steps count the Dockerfile's instructions, with StageBuild; 0
	// where nothing is counted.
	Step, Steps int
	// Text is a line of what is going on.
	Text string
	// Bytes is how much has been transferred so far; 0 where nothing is.
	Bytes int64
}

// Image is one of corust's images.
type Image struct {
	ID         string    `json:"id"`
	Ref        string    `json:"ref"` // by its hash
	Tags       []string  `json:"tags"`
	Hash       string    `json:"hash"`
	Channel    string    `json:"channel"`
	Rustc      string    `json:"rustc"`
	Toolchain  string    `json:"toolchain"` // the id of its content
	Components []string  `json:"components"`
	Set        string    `json:"set,omitempty"`
	Base       string    `json:"base"`
	Agent      string    `json:"agent"`
	Size       int64     `json:"size"`
	Created    time.Time `json:"created"`
}

// Builder builds with one engine.
type Builder struct {
	Engine *engine.Engine
}

// Build makes the image that the options describe, unless it exists, and names
// it by its hash and its channel. built reports whether it was built. report is called
// in order from one goroutine.
func (b *Builder) Build(ctx context.Context, o BuildOptions, report func(Event)) (img Image, built bool, err error) {
	o.Channel = cmp.Or(o.Channel, defaultChannel)
	if err := o.check(); err != nil {
		return Image{}, false, err
	}
	info, err := b.Engine.Info(ctx)
	if err != nil {
		return Image{}, false, err
	}
	if err := CheckAgent(o.Agent, goArch(info.Arch)); err != nil {
		return Image{}, false, err
	}
	base, err := b.base(ctx, o, report)
	if err != nil {
		return Image{}, false, err
	}
	hash, err := o.hash(base.id)
	if err != nil {
		return Image{}, false, err
	}
	ref, channel := engine.Repository+":"+hash, engine.Repository+":"+o.Channel
	if !o.Force {
		have, err := b.Engine.Image(ctx, ref)
		if err == nil {
			err = b.Engine.Tag(ctx, have.ID, channel)
			return describe(have), false, err
		}
		if !errors.Is(err, engine.ErrImageMissing) {
			return Image{}, false, err
		}
	}
	if err := b.build(ctx, o, base, hash, []string{ref, channel}, report); err != nil {
		return Image{}, false, err
	}
	have, err := b.Engine.Image(ctx, ref)
	if err != nil {
		return Image{}, false, err
	}
	report(Event{Stage: StageDone, Text: ref})
	return describe(have), true, nil
}

// channelName is what a channel may be called: a run can ask for it, and it is a tag.
var channelName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]{0,127}$`)

// check returns an error for options of which no image can be made, whatever the engine
// has.
func (o BuildOptions) check() error {
	if !channelName.MatchString(o.Channel) {
		return fmt.Errorf("invalid channel %q (want something like stable or 1.85.0)", o.Channel)
	}
	if o.Set != "" && o.SetKey == "" {
		return fmt.Errorf("%w: it has no key", ErrSet)
	}
	if o.WasmTools != "" {
		if _, err := hashFile(o.WasmTools); err != nil {
			return fmt.Errorf("wasm-tools: %w", err)
		}
	}
	return o.checkExtras()
}

// hash names what the options make of a base.
func (o BuildOptions) hash(baseID string) (string, error) {
	agent, err := hashFile(o.Agent)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAgent, err)
	}
	// The labels say what probeScript found.
	parts := []string{buildFormat, o.dockerfile(), probeScript, tools, baseID, o.Channel, agent, strconv.Itoa(o.AgentVersion), o.SetKey}
	for _, f := range etc() {
		parts = append(parts, f.name, f.text)
	}
	if o.WasmTools != "" {
		file, err := hashFile(o.WasmTools)
		if err != nil {
			return "", fmt.Errorf("wasm-tools: %w", err)
		}
		parts = append(parts, file)
	}
	return hashParts(parts...), nil
}

// base is the image to build on.
type base struct{ ref, id string }

// base finds the base, or else pulls or makes it.
func (b *Builder) base(ctx context.Context, o BuildOptions, report func(Event)) (base, error) {
	ref := cmp.Or(o.Base, DefaultBase)
	var recipe *recipe
	if o.Bootstrap != nil {
		var err error
		if recipe, err = o.Bootstrap.recipe(ctx, o.Channel); err != nil {
			return base{}, err
		}
		ref = recipe.ref()
	}
	have, err := b.Engine.Image(ctx, ref)
	refresh := o.Bootstrap != nil && o.Bootstrap.Refresh
	if err == nil && !refresh {
		return base{ref, have.ID}, nil
	}
	if err != nil && !errors.Is(err, engine.ErrImageMissing) {
		return base{}, err
	}
	if recipe != nil {
		err = b.bootstrap(ctx, recipe, report)
	} else {
		total := map[string]int64{}
		err = b.Engine.Pull(ctx, ref, func(p engine.Progress) {
			total[p.Layer] = p.Current
			var sum int64
			for _, n := range total {
				sum += n
			}
			report(Event{Stage: StageBase, Text: p.Text, Bytes: sum})
		})
	}
	if err != nil {
		return base{}, err
	}
	if have, err = b.Engine.Image(ctx, ref); err != nil {
		return base{}, err
	}
	return base{ref, have.ID}, nil
}

// build builds, checks and labels.
func (b *Builder) build(ctx context.Context, o BuildOptions, from base, hash string, tags []string, report func(Event)) (err error) {
	unchecked := engine.Repository + ":" + engine.UncheckedPrefix + hash
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if rerr := b.Engine.RemoveImage(clean, unchecked); err == nil {
			err = rerr
		}
	}()
	count := &counter{}
	r, w := io.Pipe()
	go func() { w.CloseWithError(o.writeContext(io.MultiWriter(w, count))) }()
	defer r.Close() // ends the goroutine if the engine did not read to the end
	err = b.Engine.Build(ctx, r, engine.BuildOptions{Args: map[string]string{
		"BASE": from.ref, "USER_BASE": strconv.Itoa(engine.UserBase), "TOOLS": tools,
	}, Tags: []string{unchecked}}, func(p engine.Progress) {
		e := Event{Stage: StageBuild, Text: p.Text, Bytes: count.n.Load()}
		e.Step, e.Steps = stepOf(p.Text)
		report(e)
	})
	if err != nil {
		return err
	}
	report(Event{Stage: StageCheck, Text: "compiling and running a program in it"})
	facts, err := b.probe(ctx, unchecked)
	if err != nil {
		return err
	}
	if o.Set != "" && strings.TrimSpace(o.SetRustc) != strings.TrimSpace(facts.verbose) {
		return fmt.Errorf("%w: it was built by\n%s\nand the image has\n%s", ErrSet, o.SetRustc, facts.verbose)
	}
	labels := map[string]string{
		engine.LabelImage: hash, engine.LabelChannel: o.Channel, engine.LabelRustc: facts.release,
		engine.LabelToolchain: facts.toolchain, engine.LabelComponents: strings.Join(facts.components, ","), engine.LabelSet: o.SetKey,
		engine.LabelAgent: strconv.Itoa(o.AgentVersion), engine.LabelFrom: from.ref, engine.LabelLinkArgs: facts.linkArgs,
	}
	return b.Engine.Build(ctx, labelContext(unchecked), engine.BuildOptions{Labels: labels, Tags: tags}, func(engine.Progress) {})
}

// labelContext is a context that adds nothing to an image but labels.
func labelContext(ref string) io.Reader {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	// Writes to memory do not fail.
	_ = addData(w, "Dockerfile", 0o644, []byte("FROM "+ref+"\n"))
	_ = w.Close()
	return &buf
}

// stepOf reads a builder's "Step 2/9 : RUN …".
func stepOf(text string) (step, steps int) {
	if n, err := fmt.Sscanf(text, "Step %d/%d :", &step, &steps); n == 2 && err == nil {
		return step, steps
	}
	return 0, 0
}

// goArch is Go's name for a processor that an engine names as uname does.
func goArch(uname string) string {
	switch uname {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return uname
}
