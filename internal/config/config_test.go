package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/google/go-cmp/cmp"
)

const example = "../../config.example.toml"

func TestExampleIsTheDefault(t *testing.T) {
	t.Parallel()
	got, path, err := config.Load(example, nil)
	if err != nil {
		t.Fatal(err)
	}
	if path != example {
		t.Errorf("read %q", path)
	}
	if diff := cmp.Diff(config.Default(), got); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}
}

// The example has every key, so that people find it.
func TestExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	var tree map[string]any
	meta, err := toml.DecodeFile(example, &tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys() {
		if !meta.IsDefined(strings.Split(key, ".")...) {
			t.Errorf("the example has no line for %s", key)
		}
	}
}

func TestEveryKeyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	cfg, _, err := config.Load(example, []string{
		"CORUST_BACKEND=native", "CORUST_LIMITS_MEMORY=1GiB", "CORUST_LIMITS_CPUS=1.5",
		"CORUST_LIMITS_RUN_TIME=3s", "CORUST_LIMITS_INODES=99", "CORUST_POOL_WARM=7",
		"CORUST_NATIVE_ALLOW_UNENFORCED=true", "HOME=/nowhere",
		"CORUST_CRATES_LIST=/l.toml", "CORUST_CRATES_FEED=/f.atom", "CORUST_CRATES_COUNT=7", "CORUST_CRATES_CACHE=/c",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Backend = "native"
	want.Limits.Memory, want.Limits.CPUs, want.Limits.Inodes = 1<<30, 1.5, 99
	want.Limits.RunTime = 3 * time.Second
	want.Pool.Warm = 7
	want.Native.AllowUnenforced = true
	want.Crates = config.Crates{List: "/l.toml", Feed: "/f.atom", Count: 7, Cache: "/c"}
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A flag goes before a variable, a variable before the file, and the file before the
// default, also where the value is empty.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte("[serve]\nlisten = \"file:1\"\nprefix = \"/file\"\nhosts = \"file\"\n[limits]\nprocesses = 50"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"CORUST_SERVE_LISTEN=env:1", "CORUST_SERVE_PREFIX=/env", "CORUST_LIMITS_PROCESSES=60"}
	got, _, err := config.Load(file, env, config.Flag{Name: "listen", Key: "serve.listen", Value: "flag:1"},
		config.Flag{Name: "prefix", Key: "serve.prefix"}, config.Flag{Name: "pids", Key: "limits.processes", Value: "70"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Serve.Listen, want.Serve.Prefix, want.Serve.Hosts, want.Limits.Processes = "flag:1", "", "file", 70
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for flag, want := range map[config.Flag]string{
		{Name: "nope", Key: "serve.nope", Value: "1"}:      `--nope: unknown key "serve.nope"`,
		{Name: "drain", Key: "serve.drain", Value: "soon"}: "--drain: ",
		{Name: "backend", Key: "backend", Value: "none"}:   "want one of auto, docker, native",
	} {
		if _, _, err := config.Load(file, nil, flag); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", flag, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, env, want string }{
		{"unknown key", "[limits]\nmemroy = 1", "", `unknown key "limits.memroy"`},
		{"unknown section", "[limit]\nmemory = 1", "", `unknown key "limit`},
		{"syntax", "[limits]\nmemory = = 1", "", ":2:"},
		{"twice", "backend = \"auto\"\nbackend = \"auto\"", "", "backend"},
		{"wrong type", "[limits]\nprocesses = \"many\"", "", "processes"},
		{"zero", "[limits]\nmemory = 0", "", "limits.memory: 0 bytes is not between 16MiB and 1TiB"},
		{"negative", "[limits]\nprocesses = -1", "", "limits.processes: -1 is not between"},
		{"NaN", "[limits]\ncpus = nan", "", "limits.cpus: NaN is not between"},
		{"infinite", "[limits]\ncpus = inf", "", "limits.cpus"},
		{"empty size", "[limits]\nmemory = \"\"", "", "invalid size"},
		{"overflow", "[limits]\nmemory = \"99999999999999999999\"", "", "invalid size"},
		{"negative age of results", "[cache]\nresults = \"-1m\"", "", "cache.results = -1m cannot be negative"},
		{"negative pool", "[pool]\nwarm = -2", "", "pool.warm = -2 cannot be negative"},
		{"no feed", "[crates]\nfeed = \"\"", "", "crates.feed is empty"},
		{"no crates", "[crates]\ncount = 0", "", "crates.count = 0 is not between"},
		{"half a certificate", "[serve]\ntls_cert = \"c\"", "", "configuration: serve.tls_cert and serve.tls_key belong together"},
		{"no waiting for anything", "[serve]\nsynchronous = \"off\"", "", `serve.synchronous = "off" is neither "full" nor "normal"`},
		{"a text that fits in no message", "[serve]\ntext = 1000000", "", "serve.message = 2097152 bytes does not hold a text of serve.text = 1000000 characters, which may take 6004096"},
		{"action", "[run]\naction = \"dance\"", "", `invalid action: "dance" (want one of run, `},
		{"mode", "[run]\nmode = \"fast\"", "", `invalid mode: "fast" (want one of debug, release)`},
		{"edition", "", "CORUST_RUN_EDITION=1999", `invalid edition: "1999" (want one of 2015, `},
		{"channel", "[run]\nchannel = \"../x\"", "", `invalid toolchain name "../x"`},
		{"limit of a kind that is not a number", "[limits.memory]\nmax = 1", "", "limits.memory: invalid size"},
		{"limits that are not a table", "limits = 1", "", "limits is not a table"},
		{"a duration without a unit", "[limits]\nrun_time = 10", "", `limits.run_time: invalid duration "10"`},
		{"backend", "backend = \"none\"", "", "want one of auto, docker, native"},
		{"unknown variable", "", "CORUST_NOPE=1", "unknown variable CORUST_NOPE"},
		{"a number for a text", "[serve]\nlisten = 3", "", "config.toml:2: serve.listen: want a text in quotes, not a whole number"},
		{"a text for a number", "[pool]\nboxes = \"x\"", "", "config.toml:2: pool.boxes: want a whole number, not a text in quotes"},
		{"a list for a text", "[serve]\nhosts = [\"a\"]", "", "config.toml:2: serve.hosts: want a text in quotes, not a list"},
		{"a number for a section", "pool = 3", "", "config.toml:1: pool: want a table, not a whole number"},
		{"variable without a number", "", "CORUST_POOL_BOXES=x", `CORUST_POOL_BOXES: invalid value "x" (want a whole number)`},
		{"variable without a duration", "", "CORUST_SERVE_EXPIRE=x", `CORUST_SERVE_EXPIRE: invalid duration "x" (want something like 10s`},
		{"variable of a wrong type", "", "CORUST_LIMITS_PROCESSES=many", "CORUST_LIMITS_PROCESSES"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(name, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := config.Load(name, []string{tt.env})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestServiceLinks(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := config.Load(file, []string{
		"CORUST_SERVICE_HOST=10.0.0.11", "CORUST_SERVICE_PORT=80", "CORUST_SERVICE_PORT_HTTP=80", "CORUST_PORT=tcp://10.0.0.11:80",
		"CORUST_PORT_80_TCP=tcp://10.0.0.11:80", "CORUST_PORT_80_TCP_PROTO=tcp", "CORUST_PORT_80_TCP_PORT=80", "CORUST_PORT_80_TCP_ADDR=10.0.0.11",
	})
	if err != nil {
		t.Errorf("the variables of a service called corust are taken for configuration: %v", err)
	}
	for _, name := range []string{"CORUST_SERVICE", "CORUST_PORTS", "CORUST_PORT_HTTP", "CORUST_SERVICE_HOSTS"} {
		if _, _, err := config.Load(file, []string{name + "=1"}); err == nil || !strings.Contains(err.Error(), "unknown variable "+name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestImagesOfChannels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":    "map[]",
		" , ": "map[]",
		"nightly=corust/box:mine , 1.80.0 = reg.example:5000/rust@sha256:00,": "map[1.80.0:reg.example:5000/rust@sha256:00 nightly:corust/box:mine]",
		"nightly":                "invalid docker.images \"nightly\" (want CHANNEL=IMAGE, such as nightly=corust/box:nightly)",
		"nightly=":               "invalid docker.images \"nightly=\" (want CHANNEL=IMAGE, such as nightly=corust/box:nightly)",
		"=image":                 "invalid docker.images \"=image\" (want CHANNEL=IMAGE, such as nightly=corust/box:nightly)",
		"../x=image":             "invalid docker.images \"../x=image\" (want CHANNEL=IMAGE, such as nightly=corust/box:nightly)",
		"beta=a,beta=b":          "docker.images has two images for channel \"beta\"",
		"stable=corust/box:mine": "docker.images names \"corust/box:mine\" for channel stable, whose image is docker.image",
	} {
		cfg, _, err := config.Load("../../config.example.toml", []string{"CORUST_DOCKER_IMAGES=" + text})
		got := ""
		if err == nil {
			var all map[runner.Channel]string
			all, err = cfg.Docker.ByChannel()
			got = fmt.Sprint(all)
		}
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "configuration: ")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
