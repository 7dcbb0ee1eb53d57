package crates

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// The result of a build must not depend on the user who starts it. So cargo gets a
// fixed environment, for which the caller's variables are of three kinds:
//
//   - access: where things are and how the registry is reached. They decide
//     whether a build succeeds, not what it makes. They are passed.
//   - settings: which C compiler, which libraries, which interpreter. They are
//     passed, and part of the set's key.
//   - all others. They are not passed: what a build script cannot see does not
//     matter.
//
// PATH is the system's. A user's PATH leads to the tools and libraries of version
// managers in a home directory, which no box sees. A tool that is elsewhere is a
// setting, such as CC or CMAKE.

// access are the variables of the first kind.
var access = []string{
	"HOME", "USER", "LOGNAME", "TMPDIR", "CARGO_HOME", "RUSTUP_HOME",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "SSH_AUTH_SOCK",
	"SystemRoot", "SystemDrive", "windir", "ComSpec", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "ProgramData",
	"TEMP", "TMP", "PATHEXT", "ProgramFiles", "ProgramFiles(x86)",
}

var accessPrefixes = []string{"CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRY_", "CARGO_REGISTRIES_", "CARGO_SOURCE_"}

// settings are the variables of the second kind: those that name
// to build scripts the compilers (as crate cc reads them, in all forms for a target),
// CMake, pkg-config, OpenSSL, libclang and Python.
var settings = []string{
	"CC", "CXX", "AR", "RANLIB", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "ARFLAGS",
	"SDKROOT", "DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "LLVM_CONFIG_PATH", "CLANG_PATH", "LIBCLANG_PATH",
}

var settingsPrefixes = []string{
	"CC_", "CXX_", "AR_", "RANLIB_", "CFLAGS_", "CXXFLAGS_", "CPPFLAGS_", "ARFLAGS_", "HOST_C", "TARGET_C",
	"CMAKE", "PKG_CONFIG", "OPENSSL_", "BINDGEN_EXTRA_CLANG_ARGS", "PYO3_",
}

// tools are the programs of the system whose version shows in what they make:
// the compilers of the C code of some crates, and the interpreter with whose
// library pyo3 links.
var tools = []string{"cc", "c++", "python3"}

// systemPath is where the system keeps its programs.
func systemPath() string {
	switch runtime.GOOS {
	case "linux":
		return "/usr/local/bin:/usr/bin:/bin"
	case "darwin":
		return "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin"
	}
	return os.Getenv("PATH") // no place is every system's
}

// choose picks the variables of the lists from env.
func choose(env, names, prefixes []string) []string {
	var chosen []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if slices.Contains(names, name) || slices.ContainsFunc(prefixes, begins) {
			chosen = append(chosen, kv)
		}
	}
	slices.Sort(chosen)
	return chosen
}

// environment is cargo's environment in project.
func (t Toolchain) environment(project string) []string {
	env := append(choose(os.Environ(), access, accessPrefixes), choose(os.Environ(), settings, settingsPrefixes)...)
	env = append(env,
		"PATH="+filepath.Dir(t.Rustc)+string(os.PathListSeparator)+systemPath(),
		"LANG=C.UTF-8",
		"RUSTC="+t.Rustc,
		"RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER=",
		// Flags and a place that are set win over those in cargo's configuration.
		"CARGO_ENCODED_RUSTFLAGS="+strings.Join(remaps(project), "\x1f"),
		"CARGO_TARGET_DIR="+filepath.Join(project, "target"),
		"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback",
		"CARGO_INCREMENTAL=0",
		"CARGO_TERM_COLOR=never",
		"CARGO_TERM_PROGRESS_WHEN=never",
		// cc and cmake embed neither time nor place.
		"SOURCE_DATE_EPOCH=0", "ZERO_AR_DATE=1",
		// In a box there are no record locks (package seccomp), which SQLite would lock
		// a file with. Directories beside the file exclude as well.
		`LIBSQLITE3_FLAGS=-DSQLITE_DEFAULT_UNIX_VFS="unix-dotfile"`,
	)
	// pyo3 links the library of the interpreter that it finds first, and this one
	// is the system's.
	if python := "/usr/bin/python3"; runtime.GOOS == "linux" && os.Getenv("PYO3_PYTHON") == "" {
		if _, err := os.Stat(python); err == nil {
			env = append(env, "PYO3_PYTHON="+python)
		}
	}
	return env
}

// remaps make the libraries name their sources, in panics and in messages of the
// compiler, by paths that do not depend on the machine that built them.
func remaps(project string) []string {
	home := cargoHome()
	var flags []string
	// The last that matches wins.
	for _, m := range [][2]string{{home, "/cargo"}, {filepath.Join(home, "registry", "src"), "/crates"}, {project, "/build"}} {
		flags = append(flags, "--remap-path-prefix="+m[0]+"="+m[1])
	}
	return flags
}

func cargoHome() string {
	if home := os.Getenv("CARGO_HOME"); home != "" {
		return home
	}
	user, err := os.UserHomeDir()
	if err != nil {
		user = "/"
	}
	return filepath.Join(user, ".cargo")
}

// machine describes what of this machine, besides compiler and base, affects a set:
// the settings, those in cargo's configuration, and the versions of the tools.
func machine(ctx context.Context) (string, error) {
	lines := choose(os.Environ(), settings, settingsPrefixes)
	configured, err := configuration(cargoHome())
	if err != nil {
		return "", err
	}
	if configured != "" {
		lines = append(lines, configured)
	}
	for _, tool := range tools {
		for _, dir := range filepath.SplitList(systemPath()) {
			version, err := output(ctx, filepath.Join(dir, tool), "--version")
			if err == nil {
				lines = append(lines, tool+": "+firstLine(version))
				break
			}
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
		}
	}
	return strings.Join(lines, "\n"), nil
}

// accessTables are the tables of cargo's configuration that decide as little as
// the variables of the first kind.
var accessTables = []string{
	"alias", "cache", "cargo-new", "credential-alias", "future-incompat-report", "http", "install", "net",
	"registries", "registry", "source", "term",
}

// configuration is the configuration in cargo's home without what concerns access, in
// a form that does not depend on its layout; "" for nothing. Cargo runs in the
// root directory, so it reads no other.
func configuration(home string) (string, error) {
	for _, name := range []string{"config", "config.toml"} { // cargo, too, prefers the first
		path := filepath.Join(home, name)
		var tables map[string]any
		_, err := toml.DecodeFile(path, &tables)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("cargo's configuration %s: %w", path, err)
		}
		maps.DeleteFunc(tables, func(table string, _ any) bool { return slices.Contains(accessTables, table) })
		if len(tables) == 0 {
			return "", nil
		}
		text, err := json.Marshal(tables) // sorts
		return string(text), err
	}
	return "", nil
}
