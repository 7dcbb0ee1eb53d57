package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/build"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/versions"
)

// The client's types that callers fill in.
type (
	Config        = container.Config
	HostConfig    = container.HostConfig
	Resources     = container.Resources
	Ulimit        = container.Ulimit
	LogConfig     = container.LogConfig
	Healthcheck   = container.HealthConfig
	RestartPolicy = container.RestartPolicy
)

// MinAPI is the oldest API that is spoken: the first with everything in it that
// keeps a box shut (Docker 20.10, 2020; Debian 12 has it).
const MinAPI = "1.41"

// Engine is a connection to a container engine.
type Engine struct {
	api  *client.Client
	host string
}

// Open connects to the engine at host. If host is empty it takes DOCKER_HOST, and then
// the system's usual address. It negotiates the version of the API with the engine.
func Open(ctx context.Context, host string) (*Engine, error) {
	if host == "" {
		host = os.Getenv(client.EnvOverrideHost)
	}
	if host == "" {
		host = client.DefaultDockerHost
	}
	scheme, addr, ok := strings.Cut(host, "://")
	if !ok || !slices.Contains([]string{"unix", "tcp", "http", "https", "npipe"}, scheme) {
		return nil, fmt.Errorf("%w: %q, want unix://, npipe:// or tcp://", ErrHost, host)
	}
	opts := []client.Opt{client.WithTLSClientConfigFromEnv(), client.WithHost(host)}
	if scheme == "unix" {
		opts = append(opts, client.WithDialContext(dialer("unix", addr)))
	} else if scheme == "tcp" && os.Getenv(client.EnvOverrideCertPath) == "" {
		addr, _, _ = strings.Cut(addr, "/")
		opts = append(opts, client.WithDialContext(dialer("tcp", addr)))
	}
	api, err := client.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrHost, host, err)
	}
	e := &Engine{api: api, host: host}
	if err := e.negotiate(ctx); err != nil {
		api.Close()
		return nil, err
	}
	return e, nil
}

// negotiate asks the engine for its version and settles on what both speak.
func (e *Engine) negotiate(ctx context.Context) error {
	ping, err := e.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	switch {
	case client.IsErrConnectionFailed(err) && !errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w at %s", ErrDown, e.host) // the client's error adds nothing
	case err != nil && ping.APIVersion == "":
		return classify(err, "reach the engine at %s", e.host)
	case ping.APIVersion == "" || versions.LessThan(ping.APIVersion, MinAPI):
		return fmt.Errorf("%w: the engine at %s speaks %q, need %s or newer", ErrAPIVersion, e.host, ping.APIVersion, MinAPI)
	case err != nil:
		return classify(err, "agree with the engine at %s on a version", e.host)
	}
	// An engine that is too new for this client refuses requests, but not the ping.
	if _, err := e.api.ServerVersion(ctx, client.ServerVersionOptions{}); err != nil {
		return classify(err, "speak with the engine at %s", e.host)
	}
	return nil
}

// Close closes idle connections. Streams are their users' to close.
func (e *Engine) Close() error { return e.api.Close() }

// Host is the engine's address.
func (e *Engine) Host() string { return e.host }

// Info is an engine's description of itself.
type Info struct {
	Version    string // the engine's
	API        string // the version that is spoken with it
	OS         string // of its containers: "linux"
	Arch       string // as uname calls it: "x86_64"
	Kernel     string
	Cgroup     string // version of its control groups: "1", "2"
	Rootless   bool
	Runtimes   []string
	Unenforced []string // limits that it would take without holding a container to them
}

// Info asks the engine about itself.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	resp, err := e.api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return Info{}, classify(err, "ask the engine about itself")
	}
	sys := resp.Info
	info := Info{
		Version: sys.ServerVersion, API: e.api.ClientVersion(), OS: sys.OSType, Arch: sys.Architecture,
		Kernel: sys.KernelVersion, Cgroup: sys.CgroupVersion,
	}
	for name := range sys.Runtimes {
		info.Runtimes = append(info.Runtimes, name)
	}
	slices.Sort(info.Runtimes)
	for _, opt := range sys.SecurityOptions {
		info.Rootless = info.Rootless || strings.Contains(opt, "name=rootless")
	}
	for name, held := range map[string]bool{
		"memory": sys.MemoryLimit, "swap": sys.SwapLimit, "processes": sys.PidsLimit, "cpus": sys.CPUCfsQuota,
		"seccomp": slices.ContainsFunc(sys.SecurityOptions, func(o string) bool { return strings.Contains(o, "name=seccomp") }),
	} {
		if !held {
			info.Unenforced = append(info.Unenforced, name)
		}
	}
	slices.Sort(info.Unenforced)
	return info, nil
}

// Create creates a container.
func (e *Engine) Create(ctx context.Context, name string, cfg *Config, host *HostConfig) (id string, err error) {
	resp, err := e.api.ContainerCreate(ctx, client.ContainerCreateOptions{Config: cfg, HostConfig: host, Name: name})
	return resp.ID, classify(err, "create container %s from image %s", name, cfg.Image)
}

// Start starts a created container.
func (e *Engine) Start(ctx context.Context, id string) error {
	_, err := e.api.ContainerStart(ctx, id, client.ContainerStartOptions{})
	return classify(err, "start container %.12s", id)
}

// Weigh sets a running container's weight for processor time, in shares of which a
// container has 1024 unless it is made otherwise.
func (e *Engine) Weigh(ctx context.Context, id string, shares int64) error {
	_, err := e.api.ContainerUpdate(ctx, id, client.ContainerUpdateOptions{Resources: &Resources{CPUShares: shares}})
	return classify(err, "set the weight of container %.12s", id)
}

// copyFrom reads a file or directory of a container as a tar.
func (e *Engine) copyFrom(ctx context.Context, id, path string) (io.ReadCloser, error) {
	resp, err := e.api.CopyFromContainer(ctx, id, client.CopyFromContainerOptions{SourcePath: path})
	return resp.Content, err
}

// State is a container's.
type State struct {
	Running   bool
	OOMKilled bool // a hint: engines set it late, and for any process of the container
	ExitCode  int
	Error     string
}

// State asks for a container's state.
func (e *Engine) State(ctx context.Context, id string) (State, error) {
	resp, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return State{}, classify(err, "inspect container %.12s", id)
	}
	state := resp.Container.State
	if state == nil {
		return State{}, fmt.Errorf("inspect container %.12s: the engine's answer has no state", id)
	}
	return State{Running: state.Running, OOMKilled: state.OOMKilled, ExitCode: state.ExitCode, Error: state.Error}, nil
}

// Remove kills a container, removes it and its anonymous volumes, and returns
// when it is gone. One that does not exist is removed.
func (e *Engine) Remove(ctx context.Context, id string) error {
	for {
		_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		err = classify(err, "remove container %.12s", id)
		switch {
		case err == nil, errors.Is(err, ErrContainerMissing):
			return nil
		case !passes(err):
			return err
		}
		// There is no event to wait for that could not have passed already.
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// passes reports whether a removal was refused for a state that ends by itself: another
// request is removing the container, or it ended after the engine had decided to kill it.
func passes(err error) bool {
	text := err.Error()
	return strings.Contains(text, "already in progress") ||
		strings.Contains(text, "Could not kill running container") && strings.HasSuffix(text, "is not running")
}

// Container is one that the engine has.
type Container struct {
	ID     string
	Name   string
	State  string // "created", "running", "exited", …
	Labels map[string]string
}

// Containers lists the containers with a label, whatever their state.
func (e *Engine) Containers(ctx context.Context, label string) ([]Container, error) {
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: labelled(label)})
	if err != nil {
		return nil, classify(err, "list containers")
	}
	out := make([]Container, len(list.Items))
	for i, c := range list.Items {
		out[i] = Container{ID: c.ID, State: string(c.State), Labels: c.Labels}
		if len(c.Names) > 0 {
			out[i].Name = strings.TrimPrefix(c.Names[0], "/")
		}
	}
	return out, nil
}

// labelled asks for what has a label.
func labelled(label string) client.Filters { return client.Filters{}.Add("label", label) }

// Stream is the standard input and output of a container.
type Stream struct {
	*Demux
	conn io.WriteCloser
}

// Write writes to standard input.
func (s *Stream) Write(p []byte) (int, error) { return s.conn.Write(p) }

// Close ends pending reads and writes, and with them the engine's own wait for
// us: an engine that cannot deliver output does not kill either
// (moby/moby#41827).
func (s *Stream) Close() error { return s.conn.Close() }

// Attach connects to a container that is not started yet, so that nothing it
// writes is missed.
func (e *Engine) Attach(ctx context.Context, id string) (*Stream, error) {
	// The client forgets the context once it has dialled, so the connection is
	// closed under it when the context ends first.
	var dialled connSlot
	stop := context.AfterFunc(ctx, dialled.close)
	resp, err := e.api.ContainerAttach(context.WithValue(ctx, slotKey{}, &dialled), id,
		client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if !stop() && err == nil {
		resp.Close()
		err = ctx.Err()
	}
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, classify(err, "attach to container %.12s", id)
	}
	// resp.Reader has the first bytes, if any came with the handshake.
	return &Stream{Demux: NewDemux(bufio.NewReaderSize(resp.Reader, 32<<10)), conn: resp.Conn}, nil
}

// Image is one that the engine has.
type Image struct {
	ID      string
	Tags    []string // "corust/box:stable"
	Arch    string   // as Go calls it: "amd64"; empty in lists
	Size    int64
	Created time.Time
	Labels  map[string]string
}

// Image looks an image up by reference or ID.
func (e *Engine) Image(ctx context.Context, ref string) (Image, error) {
	resp, err := e.api.ImageInspect(ctx, ref)
	if err != nil {
		return Image{}, classify(err, "look up image %s", ref)
	}
	img := Image{ID: resp.ID, Tags: resp.RepoTags, Arch: resp.Architecture, Size: resp.Size}
	img.Created, _ = time.Parse(time.RFC3339Nano, resp.Created)
	if resp.Config != nil {
		img.Labels = resp.Config.Labels
	}
	return img, nil
}

// Images lists the images with a label.
func (e *Engine) Images(ctx context.Context, label string) ([]Image, error) {
	list, err := e.api.ImageList(ctx, client.ImageListOptions{Filters: labelled(label)})
	if err != nil {
		return nil, classify(err, "list images")
	}
	out := make([]Image, len(list.Items))
	for i, img := range list.Items {
		out[i] = Image{ID: img.ID, Tags: img.RepoTags, Size: img.Size, Created: time.Unix(img.Created, 0), Labels: img.Labels}
	}
	return out, nil
}

// Tag gives an image another name.
func (e *Engine) Tag(ctx context.Context, image, ref string) error {
	_, err := e.api.ImageTag(ctx, client.ImageTagOptions{Source: image, Target: ref})
	return classify(err, "tag image %s as %s", image, ref)
}

// RemoveImage removes a name of an image, and with its last name the image, and
// then the unnamed ones that it was made from. One that is missing is removed.
func (e *Engine) RemoveImage(ctx context.Context, ref string) error {
	_, err := e.api.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true})
	if err = classify(err, "remove image %s", ref); errors.Is(err, ErrImageMissing) {
		return nil
	}
	return err
}

// Progress is a line of the engine's output while it works on an image.
type Progress struct {
	// Text is a line of a build's output, or what happens to a layer.
	Text string
	// Layer, Current and Total are the progress of the transfer of a layer, in bytes.
	Layer          string
	Current, Total int64
}

// BuildOptions describe an image to build.
type BuildOptions struct {
	Args   map[string]string
	Labels map[string]string
	Tags   []string
}

// Build builds an image from a context, a tar with a Dockerfile in its root.
// Nothing in the build has a network.
func (e *Engine) Build(ctx context.Context, tar io.Reader, opts BuildOptions, report func(Progress)) error {
	args := map[string]*string{}
	for name, value := range opts.Args {
		args[name] = &value
	}
	// Version 1 is the builder that every engine has and that needs no session
	// beside the request.
	resp, err := e.api.ImageBuild(ctx, tar, client.ImageBuildOptions{
		Tags: opts.Tags, Labels: opts.Labels, BuildArgs: args,
		NetworkMode: "none", Remove: true, ForceRemove: true, Version: build.BuilderV1,
	})
	if err != nil {
		return classify(err, "build image")
	}
	defer resp.Body.Close()
	return follow(resp.Body, "build image", ErrBuild, report)
}

// Pull pulls an image.
func (e *Engine) Pull(ctx context.Context, ref string, report func(Progress)) error {
	body, err := e.api.ImagePull(ctx, ref, client.ImagePullOptions{})
	if err != nil {
		return classify(err, "pull image %s", ref)
	}
	defer body.Close()
	return follow(body, "pull image "+ref, ErrImageMissing, report)
}

// Import makes an image of a root file system in a tar. Each change is an
// instruction of a Dockerfile.
func (e *Engine) Import(ctx context.Context, tar io.Reader, ref string, changes []string) error {
	body, err := e.api.ImageImport(ctx, client.ImageImportSource{Source: tar, SourceName: "-"}, ref, client.ImageImportOptions{Changes: changes})
	if err != nil {
		return classify(err, "import image %s", ref)
	}
	defer body.Close()
	return follow(body, "import image "+ref, ErrBuild, func(Progress) {})
}

// follow reads the engine's messages to the end. A failure among them that is
// not a case of another sentinel is one of otherwise.
func follow(r io.Reader, doing string, otherwise error, report func(Progress)) error {
	dec := json.NewDecoder(r)
	for {
		var m struct {
			Stream, Status, ID, Error string
			ProgressDetail            struct{ Current, Total int64 }
		}
		switch err := dec.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return classify(err, "%s", doing)
		case m.Error != "":
			err := errors.New(m.Error)
			if sentinelOf(err) == nil {
				return fmt.Errorf("%s: %w: %w", doing, otherwise, err)
			}
			return classify(err, "%s", doing)
		}
		text := strings.TrimSpace(m.Stream)
		if text == "" {
			text = m.Status
		}
		if text != "" {
			report(Progress{Text: text, Layer: m.ID, Current: m.ProgressDetail.Current, Total: m.ProgressDetail.Total})
		}
	}
}

// isConnectionError reports whether the engine could not be reached, or was lost.
func isConnectionError(err error) bool {
	return client.IsErrConnectionFailed(err) || isNetworkError(err)
}
