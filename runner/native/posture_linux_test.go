package native

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fakeSystem makes a root of these files and links: Debian's, or one that keeps
// libraries in /lib64 only.
func fakeSystem(t *testing.T, files []string, links map[string]string) system {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		name := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range links {
		name := filepath.Join(root, from)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	return system{root: root, multiarch: "x86_64-linux-gnu"}
}

func debian(t *testing.T) system {
	return fakeSystem(t, []string{
		"usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/gcc/x86_64-linux-gnu/12/collect2", "usr/lib64/ld-linux-x86-64.so.2",
		"usr/libexec/gcc/x86_64-linux-gnu/13/collect2", "etc/ld.so.cache", "usr/lib/ssl/private/key.pem",
		"usr/bin/x86_64-linux-gnu-gcc-12", "usr/bin/x86_64-linux-gnu-ld.bfd",
		"usr/bin/rustc", "usr/bin/rustfmt", "usr/lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd.rlib",
	}, map[string]string{
		"lib": "usr/lib", "lib64": "usr/lib64",
		"usr/bin/cc": "gcc-12", "usr/bin/gcc-12": "x86_64-linux-gnu-gcc-12",
		"usr/bin/ld": "x86_64-linux-gnu-ld", "usr/bin/x86_64-linux-gnu-ld": "x86_64-linux-gnu-ld.bfd",
	})
}

// arm is Debian's for 64-bit ARM, where the loader is in no directory of libraries.
func arm(t *testing.T) system {
	s := fakeSystem(t, []string{"usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1", "usr/bin/cc", "usr/bin/ld"},
		map[string]string{"lib": "usr/lib", "usr/lib/ld-linux-aarch64.so.1": "aarch64-linux-gnu/ld-linux-aarch64.so.1"})
	s.multiarch = "aarch64-linux-gnu"
	return s
}

func fedora(t *testing.T) system {
	return fakeSystem(t, []string{
		"usr/lib64/libc.so.6", "usr/lib/gcc/x86_64-redhat-linux/14/collect2", "etc/ld.so.cache", "usr/bin/gcc", "usr/bin/ld.bfd",
	}, map[string]string{"lib": "usr/lib", "lib64": "usr/lib64", "usr/bin/cc": "gcc", "usr/bin/ld": "ld.bfd"})
}

// The posture is what it is: a line more, or a lock less, must show in a diff.
func TestPosture(t *testing.T) {
	t.Parallel()
	spec := runner.DefaultLimits.Spec("")
	rustup := host{sysroot: "/home/ferris/.rustup/toolchains/stable-x86_64-unknown-linux-gnu", base: "/home/ferris/.cache/corust/boxes/base-1"}
	for name, got := range map[string]any{
		"debian-rustup":    posture(spec, rustup, debian(t)),
		"debian-packages":  posture(spec, host{sysroot: "/usr", system: true, base: rustup.base}, debian(t)),
		"extras":           posture(spec, host{sysroot: rustup.sysroot, base: rustup.base, miriSysroot: "/home/ferris/.cache/miri", wasmTools: "/usr/local/bin/wasm-tools"}, debian(t)),
		"fedora-set":       posture(spec, host{sysroot: rustup.sysroot, base: rustup.base, set: "/home/ferris/.cache/corust/set"}, fedora(t)),
		"sysctls":          sysctls(),
		"rlimits":          rlimits(spec, true),
		"rlimits-rootless": rlimits(spec, false),
	} {
		data, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, '\n')
		file := filepath.Join("testdata", "posture", name+".json")
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(data) != string(want) {
			t.Errorf("the posture is not that of %s (rewrite it with -update, if the change is meant):\n%s", file, data)
		}
	}
}

// What holds for every posture, besides the golden files.
func TestPostureIsTight(t *testing.T) {
	t.Parallel()
	spec := runner.BoxSpec{Memory: runner.DefaultLimits.Memory, Work: runner.DefaultLimits.Work, Tmp: runner.DefaultLimits.Tmp, Inodes: 100}
	for _, sys := range []system{debian(t), fedora(t), thisSystem()} {
		list := posture(spec, host{sysroot: "/x", base: "/base", set: "/set"}, sys)
		var writable int64
		seen := map[string]bool{}
		for _, m := range list {
			if m.Kind == tmpfs {
				writable += m.Size
				if m.Size <= 0 || m.Inodes <= 0 {
					t.Errorf("%s has no bound", m.Target)
				}
			}
			if seen[m.Target] {
				t.Errorf("%s is mounted twice", m.Target)
			}
			seen[m.Target] = true
			for _, part := range []string{"/home", "/root", "/var", "/run", "/sys", "/etc/shadow", "/etc/ssl"} {
				if m.Kind.Sourced() && strings.HasPrefix(m.Source, part) {
					t.Errorf("%s of the host is in the box", m.Source)
				}
			}
			if m.Kind.Sourced() && (m.Source == "/" || m.Source == "/usr" || m.Source == "/etc" || m.Source == "/dev") {
				t.Errorf("all of %s is in the box", m.Source)
			}
		}
		if writable > spec.Memory/2 {
			t.Errorf("%d bytes of tmpfs in a box of %d", writable, spec.Memory)
		}
		for _, need := range []string{"/proc", "/work", "/tmp", "/dev/null", "/etc/passwd"} {
			if !seen[need] {
				t.Errorf("%s is missing", need)
			}
		}
	}
}

// fakeToolchain makes a sysroot.
func fakeToolchain(t *testing.T, dir string, tools ...string) string {
	t.Helper()
	for _, f := range append([]string{"bin/rustc", "lib/rustlib/" + targetTriple() + "/lib/libstd.rlib"}, tools...) {
		name := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindToolchain(t *testing.T) {
	home, other := t.TempDir(), t.TempDir()
	t.Setenv("RUSTUP_HOME", home)
	t.Setenv("RUSTUP_TOOLCHAIN", "")
	t.Setenv("PATH", other+"/bin")
	want := func(channel runner.Channel, dir string) {
		t.Helper()
		h, err := findToolchain(channel)
		if dir == "" {
			if err == nil {
				t.Errorf("channel %q is at %s", channel, h.sysroot)
			}
			return
		}
		if full, _ := filepath.EvalSymlinks(dir); err != nil || h.sysroot != full {
			t.Errorf("channel %q is at %q (%v), not %q", channel, h.sysroot, err, full)
		}
	}
	want("", "")
	stable := fakeToolchain(t, home+"/toolchains/stable-"+targetTriple(), "bin/rustfmt", "bin/clippy-driver")
	nightly := fakeToolchain(t, home+"/toolchains/nightly-"+targetTriple())
	named := fakeToolchain(t, home+"/toolchains/mine")
	want("", "") // none is the default yet
	want("stable", stable)
	want("nightly", nightly)
	want("mine", named)
	want("beta", "")
	for _, evil := range []runner.Channel{"..", ".", "../toolchains/mine", "a/b", `a\b`} {
		want(evil, "")
	}
	if err := os.WriteFile(home+"/settings.toml", []byte("version = \"12\"\ndefault_toolchain = \"nightly-"+targetTriple()+"\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want("", nightly)
	t.Setenv("RUSTUP_TOOLCHAIN", "mine")
	want("", named)
	t.Setenv("RUSTUP_TOOLCHAIN", "")
	if err := os.WriteFile(home+"/settings.toml", []byte("default_toolchain = [broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	want("", "")

	// A rustc in PATH, in a sysroot; rustup's proxy does not count.
	system := fakeToolchain(t, t.TempDir())
	if err := os.MkdirAll(other+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	proxy := filepath.Join(other, "bin", "rustup")
	if err := os.WriteFile(proxy, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("rustup", other+"/bin/rustc"); err != nil {
		t.Fatal(err)
	}
	want("", "")
	t.Setenv("PATH", other+"/bin:"+system+"/bin")
	want("", system)
	want("beta", "")

	// A toolchain without this machine's standard library does not count.
	if err := os.RemoveAll(system + "/lib"); err != nil {
		t.Fatal(err)
	}
	want("", "")
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	full := fakeToolchain(t, t.TempDir(), "bin/rustfmt", "bin/clippy-driver", "bin/miri", "lib/rustlib/wasm32-unknown-unknown/lib/libcore.rlib")
	bare := fakeToolchain(t, t.TempDir())
	tc := host{sysroot: full, set: "/set"}.describe("stable", identity{Version: "1.95.0", ID: "01"})
	if tc.Rustc != "/opt/rust/bin/rustc" || tc.Rustfmt != "/opt/rust/bin/rustfmt" || tc.ClippyDriver != "/opt/rust/bin/clippy-driver" || tc.Set == "" || tc.Version != "1.95.0" || tc.ID != "01" {
		t.Errorf("%+v", tc)
	}
	if tc.Miri != "/opt/rust/bin/miri" || tc.MiriSysroot != "" || !tc.Wasm || tc.WasmTools != "" {
		t.Errorf("without what miri and wasm need besides the toolchain: %+v", tc)
	}
	tc = host{sysroot: full, miriSysroot: "/m", wasmTools: "/w"}.describe("", identity{})
	if tc.MiriSysroot != "/opt/corust/miri" || tc.WasmTools != "/opt/corust/wasm-tools" {
		t.Errorf("with it: %+v", tc)
	}
	tc = host{sysroot: bare, system: true}.describe("", identity{})
	if tc.Rustc != "/usr/bin/rustc" || tc.Rustfmt != "" || tc.ClippyDriver != "" || tc.Set != "" || tc.Miri != "" || tc.Wasm {
		t.Errorf("%+v", tc)
	}
}
