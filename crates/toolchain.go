package crates

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A Toolchain is the compiler that a set is for and the cargo that builds it.
type Toolchain struct {
	Rustc, Cargo string // the binaries themselves, not rustup's proxies
	Verbose      string // all that rustc -vV says: the toolchain's identity
	Release      string // such as 1.95.0
	Host         string // such as x86_64-unknown-linux-gnu
}

// FindToolchain asks rustc, a path or a name to look up, what it is. The cargo
// is the one beside it, or the one on the PATH.
func FindToolchain(ctx context.Context, rustc string) (Toolchain, error) {
	sysroot, err := output(ctx, rustc, "--print", "sysroot")
	if err != nil {
		return Toolchain{}, err
	}
	var t Toolchain
	bin := filepath.Join(strings.TrimSpace(sysroot), "bin")
	if t.Rustc, err = exec.LookPath(filepath.Join(bin, "rustc")); err != nil {
		if t.Rustc, err = exec.LookPath(rustc); err != nil {
			return Toolchain{}, err
		}
	}
	if t.Cargo, err = exec.LookPath(filepath.Join(bin, "cargo")); err != nil {
		if t.Cargo, err = exec.LookPath("cargo"); err != nil {
			return Toolchain{}, fmt.Errorf("no cargo beside %s: %w", t.Rustc, err)
		}
	}
	if t.Verbose, err = output(ctx, t.Rustc, "-vV"); err != nil {
		return Toolchain{}, err
	}
	for line := range strings.Lines(t.Verbose) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "release":
			t.Release = value
		case "host":
			t.Host = value
		}
	}
	if t.Release == "" || t.Host == "" {
		return Toolchain{}, fmt.Errorf("%s -vV does not say a release and a host: %q", t.Rustc, t.Verbose)
	}
	return t, nil
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, firstLine(string(exit.Stderr)))
		}
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}

// passed are the variables of the caller's environment that cargo gets: where
// things are and how the registry is reached. What changes the code that comes
// out (RUSTFLAGS, profiles, wrappers, other targets) is not among them, for the
// set's key would not know of it.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "CARGO_HOME", "RUSTUP_HOME",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
	"LIBCLANG_PATH", "PKG_CONFIG_PATH", "OPENSSL_DIR", "PYO3_PYTHON",
	"SystemRoot", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP", "PATHEXT", "ProgramFiles", "ProgramFiles(x86)",
}

var passedPrefixes = []string{"CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRY_", "CARGO_REGISTRIES_", "CARGO_SOURCE_"}

// environment is cargo's environment in project: the passed part of ours and our
// settings.
func (t Toolchain) environment(project string) []string {
	var env []string
	for _, kv := range os.Environ() {
		key, value, _ := strings.Cut(kv, "=")
		if key == "PATH" {
			continue
		}
		keep := false
		for _, p := range passed {
			keep = keep || p == key
		}
		for _, p := range passedPrefixes {
			keep = keep || strings.HasPrefix(key, p)
		}
		if keep {
			env = append(env, key+"="+value)
		}
	}
	env = append(env,
		"PATH="+filepath.Dir(t.Rustc)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"RUSTC="+t.Rustc,
		"RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER=",
		// A list of flags that is set wins over those in config files.
		"CARGO_ENCODED_RUSTFLAGS="+strings.Join(remaps(project), "\x1f"),
		"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback",
		"CARGO_INCREMENTAL=0",
		"CARGO_TERM_COLOR=never",
		"CARGO_TERM_PROGRESS_WHEN=never",
		// cc and cmake embed neither time nor place.
		"SOURCE_DATE_EPOCH=0", "ZERO_AR_DATE=1",
	)
	// pyo3 links the library of the interpreter that it finds. One from a version
	// manager lies in a home directory, where no box sees it.
	if python := "/usr/bin/python3"; runtime.GOOS == "linux" && os.Getenv("PYO3_PYTHON") == "" {
		if _, err := os.Stat(python); err == nil {
			env = append(env, "PYO3_PYTHON="+python)
		}
	}
	return env
}

// remaps make the libraries name their sources, in panics and in messages of the
// compiler, by paths that say nothing of the machine that built them.
func remaps(project string) []string {
	home := os.Getenv("CARGO_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			user = "/"
		}
		home = filepath.Join(user, ".cargo")
	}
	var flags []string
	// The last that matches wins.
	for _, m := range [][2]string{{home, "/cargo"}, {filepath.Join(home, "registry", "src"), "/crates"}, {project, "/build"}} {
		flags = append(flags, "--remap-path-prefix="+m[0]+"="+m[1])
	}
	return flags
}
