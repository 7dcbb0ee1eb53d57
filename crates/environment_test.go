package crates

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A build script sees what the list of variables lets through and no more, and
// whatever it sees beyond access is in the key.
func TestEnvironment(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("nosy", "1.0.0", "", map[string]string{
		"src/lib.rs": "",
		"build.rs": `fn main() {
			let seen: Vec<_> = std::env::vars().map(|(k, v)| format!("{k}={v}\n")).collect();
			std::fs::write(std::env::var("CFLAGS").unwrap(), seen.concat()).unwrap()
		}`,
	})
	for _, name := range []string{"SECRET_TOKEN", "CARGO_BUILD_TARGET", "AWS_SECRET", "PYENV_ROOT", "CPATH", "RUST_LOG"} {
		t.Setenv(name, "leaked")
	}
	own, seen := t.TempDir(), filepath.Join(t.TempDir(), "seen")
	t.Setenv("PATH", own+":"+os.Getenv("PATH"))
	t.Setenv("CFLAGS", seen)
	res := Resolver{Toolchain: tc, Dir: t.TempDir(), Trial: true}
	if _, err := res.Resolve(t.Context(), "test", wants("nosy")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	vars := strings.Split(string(text), "\n")
	if !slices.Contains(vars, "HOME="+os.Getenv("HOME")) {
		t.Error("HOME is not passed")
	}
	if !slices.Contains(vars, `LIBSQLITE3_FLAGS=-DSQLITE_DEFAULT_UNIX_VFS="unix-dotfile"`) {
		t.Error("SQLite is not built to lock files without record locks")
	}
	for _, v := range vars {
		if strings.HasSuffix(v, "=leaked") || strings.HasPrefix(v, "PATH=") && strings.Contains(v, own) {
			t.Errorf("the build script saw %q", v)
		}
	}
}

// What changes what is built changes the key, and nothing else does.
func TestMachine(t *testing.T) {
	home := t.TempDir()
	t.Setenv("CARGO_HOME", home)
	for _, kv := range choose(os.Environ(), settings, settingsPrefixes) {
		name, _, _ := strings.Cut(kv, "=")
		t.Setenv(name, "") // restored afterwards
		os.Unsetenv(name)
	}
	key := func() string {
		t.Helper()
		m, err := machine(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return Key(List{}, Toolchain{Machine: m}, "base")
	}
	plain := key()

	for name, value := range map[string]string{
		"RUSTFLAGS": "-g", "PATH": "/nowhere", "HTTPS_PROXY": "http://p", "CARGO_NET_OFFLINE": "true", "LANG": "de_DE", "PWD": "/",
	} {
		t.Setenv(name, value)
		if key() != plain {
			t.Errorf("%s is in the key", name)
		}
	}
	for _, name := range []string{
		"CC", "CXX", "CFLAGS", "CC_x86_64_unknown_linux_gnu", "HOST_CC", "TARGET_CFLAGS", "AR", "CMAKE", "CMAKE_TOOLCHAIN_FILE",
		"PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_SYSROOT_DIR", "OPENSSL_DIR", "OPENSSL_STATIC", "LIBCLANG_PATH",
		"BINDGEN_EXTRA_CLANG_ARGS", "PYO3_PYTHON", "PYO3_CONFIG_FILE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "one")
			one := key()
			t.Setenv(name, "two")
			if two := key(); one == plain || two == plain || one == two {
				t.Errorf("%s is not in the key: %s, %s, %s", name, plain, one, two)
			}
		})
	}

	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[source.crates-io]\nreplace-with = 'here'\n[net]\nretry = 9\n[http]\ntimeout = 1\n[registries.x]\nindex = 'sparse+http://x/'\n")
	if key() != plain {
		t.Error("how the registry is reached is in the key")
	}
	for _, text := range []string{"[env]\nCC = 'clang'\n", "[env]\nCC = 'gcc'\n", "paths = ['/x']\n", "[target.x86_64-unknown-linux-gnu]\nlinker = 'mold'\n", "[patch.crates-io]\nserde = { path = '/x' }\n"} {
		write(text)
		if key() == plain {
			t.Errorf("cargo's configuration is not in the key: %s", text)
		}
	}
	write("[env]\nA = '1'\nB = '2'\n")
	one := key()
	write("[env]\nB = \"2\"  # the same\nA = \"1\"\n")
	if key() != one {
		t.Error("the layout of cargo's configuration is in the key")
	}
	write("[env")
	if _, err := machine(t.Context()); err == nil || !strings.Contains(err.Error(), "config.toml") {
		t.Errorf("a broken configuration: %v", err)
	}
}
