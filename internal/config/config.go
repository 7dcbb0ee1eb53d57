// Package config is corust's configuration: every key, its default, and how the
// values of flags, environment, file and defaults come together, in that order of
// precedence.
//
// Loading is strict: a key that nothing reads is an error that names it, in the
// file as well as in the environment. The file config.example.toml explains each
// key, and decodes to exactly [Default].
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// Config is the whole configuration. Keys are lower case with underscores; in
// the environment, CORUST_SECTION_KEY.
type Config struct {
	Backend string  `toml:"backend" mapstructure:"backend"`
	Limits  Limits  `toml:"limits" mapstructure:"limits"`
	Run     Run     `toml:"run" mapstructure:"run"`
	Pool    Pool    `toml:"pool" mapstructure:"pool"`
	Native  Native  `toml:"native" mapstructure:"native"`
	Docker  Docker  `toml:"docker" mapstructure:"docker"`
	Crates  Crates  `toml:"crates" mapstructure:"crates"`
	Cache   Cache   `toml:"cache" mapstructure:"cache"`
	Serve   Serve   `toml:"serve" mapstructure:"serve"`
	Cluster Cluster `toml:"cluster" mapstructure:"cluster"`
}

// Backends are the values of Config.Backend.
var Backends = []string{"auto", "docker", "native"}

// Run are the options of runs that choose none: of corust run, and of a server's
// sessions and REST interface. An empty one is runner.DefaultOptions'.
type Run struct {
	Action  string `toml:"action" mapstructure:"action"`
	Mode    string `toml:"mode" mapstructure:"mode"`
	Edition string `toml:"edition" mapstructure:"edition"`
	Channel string `toml:"channel" mapstructure:"channel"`
}

// Options returns the options as the runner's type.
func (r Run) Options() runner.Options {
	return runner.Options{Action: runner.Action(r.Action), Mode: runner.Mode(r.Mode), Edition: runner.Edition(r.Edition), Channel: runner.Channel(r.Channel)}
}

// check returns an error for options that no run can have.
func (r Run) check() error {
	if r.Action != "" {
		if _, err := rustc.ActionNamed(runner.Action(r.Action)); err != nil {
			return err
		}
	}
	return r.Options().Check()
}

// Pool bounds a server's boxes.
type Pool struct {
	Boxes int `toml:"boxes" mapstructure:"boxes"`
	Queue int `toml:"queue" mapstructure:"queue"`
	Warm  int `toml:"warm" mapstructure:"warm"`
}

// Native configures native boxes.
type Native struct {
	AllowUnenforced bool `toml:"allow_unenforced" mapstructure:"allow_unenforced"`
}

// Docker configures boxes made by a container engine.
type Docker struct {
	Host  string `toml:"host" mapstructure:"host"`
	Image string `toml:"image" mapstructure:"image"`
	// Images are further images by channel: "nightly=corust/box:mine, beta=…".
	Images  string `toml:"images" mapstructure:"images"`
	Runtime string `toml:"runtime" mapstructure:"runtime"`
}

// ByChannel returns Images by channel.
func (d Docker) ByChannel() (map[runner.Channel]string, error) {
	all := map[runner.Channel]string{}
	for item := range strings.SplitSeq(d.Images, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		channel, ref, ok := strings.Cut(item, "=")
		c := runner.Channel(strings.TrimSpace(channel))
		ref = strings.TrimSpace(ref)
		if !ok || c == "" || ref == "" || c.Check() != nil {
			return nil, fmt.Errorf("invalid docker.images %q (want CHANNEL=IMAGE, such as nightly=corust/box:nightly)", item)
		}
		if c == "stable" {
			return nil, fmt.Errorf("docker.images names %q for channel stable, whose image is docker.image", ref)
		}
		if all[c] != "" {
			return nil, fmt.Errorf("docker.images has two images for channel %q", string(c))
		}
		all[c] = ref
	}
	return all, nil
}

// Crates configures which crates programs may use, and where built sets are kept.
type Crates struct {
	List  string `toml:"list" mapstructure:"list"`
	Feed  string `toml:"feed" mapstructure:"feed"`
	Count int    `toml:"count" mapstructure:"count"`
	Cache string `toml:"cache" mapstructure:"cache"`
}

// Cache configures what runs leave to later runs.
type Cache struct {
	Scope     string `toml:"scope" mapstructure:"scope"`
	Directory string `toml:"directory" mapstructure:"directory"`
	Size      Size   `toml:"size" mapstructure:"size"`
	Memory    Size   `toml:"memory" mapstructure:"memory"`
	// Results is how long the result of a run is kept; 0 keeps none.
	Results Duration `toml:"results" mapstructure:"results"`
}

// The values of Cache.Scope.
const (
	CacheServer  = "server"  // all runs share
	CacheSession = "session" // the runs of a session share
	CacheOff     = "off"
)

// CacheScopes lists the values of Cache.Scope.
var CacheScopes = []string{CacheServer, CacheSession, CacheOff}

func (c Cache) check() error {
	if !slices.Contains(CacheScopes, c.Scope) {
		return fmt.Errorf("cache.scope: invalid scope %q (want one of %s)", c.Scope, strings.Join(CacheScopes, ", "))
	}
	for name, size := range map[string]Size{"cache.size": c.Size, "cache.memory": c.Memory} {
		if size < 0 {
			return fmt.Errorf("%s = %d cannot be negative", name, size)
		}
	}
	if c.Results < 0 {
		return fmt.Errorf("cache.results = %v cannot be negative", c.Results)
	}
	return nil
}

// Default is the configuration without file, variables and flags.
func Default() Config {
	return Config{
		Backend: "auto",
		Limits:  Limits(runner.DefaultLimits),
		Run:     Run{Action: string(runner.DefaultOptions.Action), Mode: string(runner.DefaultOptions.Mode)},
		Pool:    Pool{Queue: runner.DefaultQueue, Warm: 2},

		Crates:  Crates{Feed: crates.DefaultFeed, Count: defaultCrates},
		Cache:   Cache{Scope: CacheServer, Size: 1 << 30, Memory: 64 << 20, Results: Duration(10 * time.Minute)},
		Serve:   defaultServe(),
		Cluster: Cluster{Prefix: "corust"},
	}
}

// defaultCrates is how many crates of the feed are taken.
const defaultCrates = 200

// Load reads the configuration. name is the file to read; empty means the first
// of the usual ones that exists, if any. It returns the file that it read. flags are
// those that were given on the command line.
func Load(name string, environ []string, flags ...Flag) (Config, string, error) {
	cfg := Default()
	env := splitEnv(environ)
	path, err := find(name, env)
	if err != nil {
		return cfg, "", err
	}
	if path != "" {
		if err := decodeFile(path, &cfg); err != nil {
			return cfg, path, err
		}
	}
	if err := cfg.overlayEnv(env); err != nil {
		return cfg, path, err
	}
	for _, f := range flags {
		if err := cfg.set(f.Key, f.Value); err != nil {
			return cfg, path, fmt.Errorf("--%s: %w", f.Name, err)
		}
	}
	if err := cfg.Check(); err != nil {
		return cfg, path, fmt.Errorf("configuration: %w", err)
	}
	return cfg, path, nil
}

// find returns the file to read, or "".
func find(name string, env map[string]string) (string, error) {
	if name == "" {
		name = env["config"]
	}
	if name != "" {
		if _, err := os.Stat(name); err != nil {
			return "", fmt.Errorf("configuration file %s: %w", name, cause(err))
		}
		return name, nil
	}
	candidates := []string{"/etc/corust/config.toml"}
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append([]string{filepath.Join(dir, "corust", "config.toml")}, candidates...)
	}
	for _, path := range candidates {
		_, err := os.Stat(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return "", fmt.Errorf("configuration file %s: %w", path, cause(err))
		}
	}
	return "", nil
}

// wrongType is the decoder's error about a value of another type than its key has.
var wrongType = regexp.MustCompile(`^toml: line (\d+) \(last key "(.+)"\): (?:incompatible types: TOML value has type (.+); destination has type (.+)|type mismatch for \S+: expected (.+) but found (.+))$`)

// cause is the system's reason for an error about a path.
func cause(err error) error {
	if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

// decodeFile decodes strictly over what cfg holds.
func decodeFile(path string, cfg *Config) error {
	meta, err := toml.DecodeFile(path, cfg)
	var perr toml.ParseError
	switch {
	case errors.As(err, &perr) && perr.LastKey == "limits":
		return fmt.Errorf("%s: %s", path, perr.Message) // the position is that of the table
	case errors.As(err, &perr):
		return fmt.Errorf("%s:%d: %s", path, perr.Position.Line, perr.Message)
	case err != nil:
		if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
			return fmt.Errorf("%s:%s: %s: want %s, not %s", path, m[1], m[2], kindName(m[4]+m[5]), kindName(m[3]+m[6]))
		}
		return fmt.Errorf("%s: %w", path, cause(err))
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("%s: %w", path, unknownKey(unknown[0].String()))
	}
	return nil
}

// Keys lists every key, dotted.
func Keys() []string { return keys(reflect.TypeFor[Config](), "") }

// keys lists the keys of a configuration struct, dotted.
func keys(t reflect.Type, prefix string) []string {
	var list []string
	for i := range t.NumField() {
		f := t.Field(i)
		name := prefix + f.Tag.Get("toml")
		if f.Type == reflect.TypeFor[Limits]() {
			for _, row := range runner.LimitTable() {
				list = append(list, limitsPrefix+row.Name)
			}
		} else if f.Type.Kind() == reflect.Struct {
			list = append(list, keys(f.Type, name+".")...)
		} else {
			list = append(list, name)
		}
	}
	return list
}

// Check returns an error for a value that no part of corust can use.
func (c Config) Check() error {
	for name, v := range map[string]int{"pool.boxes": c.Pool.Boxes, "pool.warm": c.Pool.Warm} {
		if v < 0 {
			return fmt.Errorf("%s = %d cannot be negative", name, v)
		}
	}
	if c.Crates.Feed == "" {
		return errors.New("crates.feed is empty (crates.list names a list of your own)")
	}
	if c.Crates.Count < 1 || c.Crates.Count > crates.MaxEntries {
		return fmt.Errorf("crates.count = %d is not between 1 and %d", c.Crates.Count, crates.MaxEntries)
	}
	if err := c.Cache.check(); err != nil {
		return err
	}
	if err := c.Serve.check(); err != nil {
		return err
	}
	if err := c.Cluster.check(); err != nil {
		return err
	}
	if _, err := c.Docker.ByChannel(); err != nil {
		return err
	}
	if err := c.Run.check(); err != nil {
		return err
	}
	if err := c.Limits.Runner().Check(runner.Limits{}); err != nil {
		return err
	}
	if !slices.Contains(Backends, c.Backend) {
		return fmt.Errorf("invalid backend %q (want one of %s)", c.Backend, strings.Join(Backends, ", "))
	}
	return nil
}
