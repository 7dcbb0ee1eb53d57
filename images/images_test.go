package images

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/engine"
)

// write makes files below dir; a name that ends in a slash is a directory, a
// content that begins with -> a link.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch to, link := strings.CutPrefix(content, "->"); {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(file, 0o700)
		case link:
			err = os.Symlink(to, file)
		default:
			err = os.WriteFile(file, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestContextIsDeterministic(t *testing.T) {
	t.Parallel()
	files := map[string]string{"externs.json": "{}", "debug/liba.rlib": "a", "debug/libb.rlib": "b", "host/m.so": "m", "empty/": "", "link": "->externs.json"}
	context := func() []byte {
		dir := t.TempDir()
		write(t, dir, files)
		agent := filepath.Join(t.TempDir(), "agent")
		write(t, filepath.Dir(agent), map[string]string{"agent": "agent's bytes"})
		old := time.Now().Add(-time.Duration(len(dir)) * time.Hour)
		os.Chtimes(filepath.Join(dir, "externs.json"), old, old)
		os.Chmod(filepath.Join(dir, "host/m.so"), 0o711)
		var buf bytes.Buffer
		if err := (BuildOptions{Agent: agent, Set: dir}).writeContext(&buf); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	first := context()
	if !bytes.Equal(first, context()) {
		t.Error("two contexts of the same parts differ")
	}
	var names []string
	for r := tar.NewReader(bytes.NewReader(first)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || !h.ModTime.Equal(epoch) {
			t.Errorf("%s has an owner or a time: %+v", h.Name, h)
		}
		if want := map[string]int64{"corust": 0o755, "set/host/m.so": 0o755, "set/externs.json": 0o644, "set/empty/": 0o755}[h.Name]; want != 0 && h.Mode != want {
			t.Errorf("%s has mode %o, want %o", h.Name, h.Mode, want)
		}
	}
	want := []string{"Dockerfile", "etc/passwd", "etc/group", "etc/host.conf", "etc/nsswitch.conf", "corust", "set/", "set/debug/", "set/debug/liba.rlib", "set/debug/libb.rlib", "set/empty/", "set/externs.json", "set/host/", "set/host/m.so", "set/link"}
	if !slices.Equal(names, want) {
		t.Errorf("the context has %q, want %q", names, want)
	}
}

// The tag changes with each thing that goes into the image, and with nothing
// else.
func TestHash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "agent", "b": "another", "c": "agent"})
	o := BuildOptions{Channel: "stable", Agent: filepath.Join(dir, "a"), AgentVersion: 1, SetKey: "key"}
	hash := func(base string, change func(*BuildOptions)) string {
		o := o
		change(&o)
		h, err := o.hash(base)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	same := hash("base", func(*BuildOptions) {})
	for name, got := range map[string]string{
		"path of the agent": hash("base", func(o *BuildOptions) { o.Agent = filepath.Join(dir, "c") }),
		"place of the set":  hash("base", func(o *BuildOptions) { o.Set = "elsewhere" }),
		"force":             hash("base", func(o *BuildOptions) { o.Force = true }),
	} {
		if got != same {
			t.Errorf("the %s changes the hash", name)
		}
	}
	for name, got := range map[string]string{
		"base":     hash("other", func(*BuildOptions) {}),
		"agent":    hash("base", func(o *BuildOptions) { o.Agent = filepath.Join(dir, "b") }),
		"protocol": hash("base", func(o *BuildOptions) { o.AgentVersion = 2 }),
		"set":      hash("base", func(o *BuildOptions) { o.SetKey = "other" }),
		"channel":  hash("base", func(o *BuildOptions) { o.Channel = "beta" }),
	} {
		if got == same {
			t.Errorf("the %s does not change the hash", name)
		}
	}
	for _, other := range []string{hashParts("a", "bc"), hashParts("ab,c"), hashParts("ab", "c", "")} {
		if other == hashParts("ab", "c") {
			t.Error("parts run into each other")
		}
	}
}

func TestCheckAgent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"text": "#!/bin/sh\n", "empty": ""})
	for _, file := range []string{filepath.Join(dir, "text"), filepath.Join(dir, "empty"), filepath.Join(dir, "none"), dir} {
		if err := CheckAgent(file, "amd64"); !errors.Is(err, ErrAgent) {
			t.Errorf("%s: %v", file, err)
		}
	}
	shell, err := elf.Open("/bin/sh")
	if err != nil {
		t.Skipf("no ELF shell here to try a dynamic program with: %v", err)
	}
	arch := machines[shell.Machine]
	shell.Close()
	if err := CheckAgent("/bin/sh", arch); !errors.Is(err, ErrAgent) || !strings.Contains(err.Error(), "linked") {
		t.Errorf("a dynamic program: %v", err)
	}
	if err := CheckAgent("/bin/sh", "riscv64"); !errors.Is(err, ErrAgent) || !strings.Contains(err.Error(), "riscv64") {
		t.Errorf("another machine's program: %v", err)
	}
}

func TestReadFacts(t *testing.T) {
	t.Parallel()
	const verbose = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\nrelease: 1.95.0\nLLVM version: 22.1.2\n"
	f := readFacts("program: ran\ntool: rustfmt\ntool: clippy-driver\nlink: -L/a b.o\ntoolchain: 01ef\n" + verbose)
	if f.release != "1.95.0" || f.toolchain != "01ef" || f.verbose != verbose || f.linkArgs != "-L/a b.o" || !slices.Equal(f.components, []string{"rustfmt", "clippy"}) {
		t.Errorf("%+v", f)
	}
	for _, out := range []string{"", verbose, "program: ran\n", "tool: rustfmt\nprogram: ran"} {
		if f := readFacts(out); f.release != "" {
			t.Errorf("%q is a working image: %+v", out, f)
		}
	}
}

func TestStepOf(t *testing.T) {
	t.Parallel()
	if i, n := stepOf("Step 4/9 : RUN true"); i != 4 || n != 9 {
		t.Errorf("%d of %d", i, n)
	}
	for _, text := range []string{"", "Step", "Step x/9 :", " ---> Running in 0a", "Step 4"} {
		if i, n := stepOf(text); i != 0 || n != 0 {
			t.Errorf("%q is step %d of %d", text, i, n)
		}
	}
}

func TestRecipe(t *testing.T) {
	t.Parallel()
	plain, err := (&Bootstrap{}).recipe(t.Context(), defaultChannel)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"cargo", "gcc", "libc6-dev", "rust-clippy", "rustc", "rustfmt", "tzdata"}; !slices.Equal(plain.packages, want) || plain.suite != DefaultSuite {
		t.Errorf("the default recipe: %+v", plain)
	}
	more, err := (&Bootstrap{Packages: []string{"libssl-dev", "gcc"}, AptOptions: []string{"x"}}).recipe(t.Context(), defaultChannel)
	if err != nil {
		t.Fatal(err)
	}
	if more.hash() == plain.hash() || slices.Index(more.packages, "libssl-dev") < 0 || len(more.packages) != 8 {
		t.Errorf("one more package: %+v", more)
	}
	for _, b := range []Bootstrap{
		{Toolchain: "windows"}, {Suite: "a b"}, {Suite: "-o"}, {Packages: []string{""}}, {Packages: []string{"--hook=rm"}}, {Packages: []string{"a,b"}},
	} {
		if _, err := b.recipe(t.Context(), defaultChannel); !errors.Is(err, ErrBootstrap) {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

func TestCopyTar(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	w := tar.NewWriter(&in)
	for _, h := range []tar.Header{
		{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "./usr/bin/cc", Typeflag: tar.TypeReg, Mode: 0o755, Size: 4, ModTime: time.Now(), Uname: "root"},
		{Name: "./usr/bin/gcc", Typeflag: tar.TypeLink, Linkname: "./usr/bin/cc"},
		{Name: "./dev/null", Typeflag: tar.TypeChar, Mode: 0o666},
		{Name: "./usr/share/doc/gcc/README", Typeflag: tar.TypeReg, Size: 4},
		{Name: "./usr/share/doc/", Typeflag: tar.TypeDir, Mode: 0o755},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, "data"[:h.Size])
	}
	w.Close()
	var out bytes.Buffer
	to := tar.NewWriter(&out)
	if err := copyTar(to, &in); err != nil {
		t.Fatal(err)
	}
	to.Close()
	var names []string
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		names = append(names, h.Name)
		if !h.ModTime.Equal(epoch) {
			t.Errorf("%s has the time %v", h.Name, h.ModTime)
		}
	}
	if want := []string{"usr/bin/cc", "usr/bin/gcc", "usr/share/doc/"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if err := copyTar(to, strings.NewReader("no tar at all, but long enough to be one"+strings.Repeat("x", 1024))); !errors.Is(err, ErrBootstrap) {
		t.Errorf("garbage: %v", err)
	}
}

func TestAddToolchain(t *testing.T) {
	t.Parallel()
	sysroot := t.TempDir()
	write(t, sysroot, map[string]string{
		"bin/rustc": "", "bin/cargo": "", "bin/rustdoc": "", "bin/rust-gdb": "", "lib/librustc_driver.so": "",
		"lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd.rlib": "", "lib/rustlib/src/rust/library/std/lib.rs": "",
		"lib/rustlib/wasm32-unknown-unknown/lib/libstd.rlib": "", "lib/rustlib/components": "", "share/doc/x": "", "etc/x": "",
	})
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := addToolchain(w, sysroot); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var files []string
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		if h.Typeflag != tar.TypeDir {
			files = append(files, h.Name)
		}
	}
	want := []string{
		"usr/local/rust/bin/cargo", "usr/local/rust/bin/rustc", "usr/local/rust/bin/rustdoc", "usr/local/rust/lib/librustc_driver.so",
		"usr/local/rust/lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd.rlib", "usr/local/bin/rustc", "usr/local/bin/rustdoc", "usr/local/bin/cargo",
	}
	if !slices.Equal(files, want) {
		t.Errorf("%q\nwant %q", files, want)
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	img := Image{ID: "sha256:0", Tags: []string{"corust/box:stable", "corust/box:0a"}}
	for ref, want := range map[string]bool{
		"corust/box:stable": true, "docker.io/corust/box:stable": true, "sha256:0": true, "corust/box:beta": false, "": false, "stable": false,
	} {
		if got := img.named([]string{"x", ref}); got != want {
			t.Errorf("%q: %v", ref, got)
		}
	}
}

// A base without what the contract asks for is a failed build, and leaves
// nothing.
func TestBaseWithoutAnything(t *testing.T) {
	t.Parallel()
	e, err := engine.Open(t.Context(), "")
	if errors.Is(err, engine.ErrDown) || errors.Is(err, engine.ErrPermission) {
		t.Skipf("needs a Docker engine (.ci/engine up): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var empty bytes.Buffer
	tar.NewWriter(&empty).Close()
	const ref = "corust/test:base-without-anything"
	if err := e.Import(t.Context(), &empty, ref, nil); err != nil {
		t.Fatal(err)
	}
	defer e.RemoveImage(context.Background(), ref)
	info, err := e.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	agent := filepath.Join(t.TempDir(), "agent")
	if err := os.WriteFile(agent, staticELF(goArch(info.Arch)), 0o755); err != nil {
		t.Fatal(err)
	}
	b := &Builder{Engine: e}
	var events []Event
	_, _, err = b.Build(t.Context(), BuildOptions{Base: ref, Agent: agent}, func(e Event) { events = append(events, e) })
	if !errors.Is(err, engine.ErrBuild) {
		t.Errorf("want ErrBuild, got %v", err)
	}
	if len(events) == 0 || events[0].Stage != StageBuild || events[0].Steps == 0 {
		t.Errorf("events: %+v", events)
	}
	list, err := e.Images(t.Context(), engine.LabelImage)
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range list {
		for _, tag := range img.Tags {
			if strings.Contains(tag, "unchecked") {
				t.Errorf("%s is left", tag)
			}
		}
	}
}

// TestOptionsAreCheckedFirst: the engine is asked for nothing, and pulls nothing, for
// options that are wrong. There is none here.
func TestOptionsAreCheckedFirst(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts BuildOptions
		want string
	}{
		{"a path as the channel", BuildOptions{Channel: "../x"}, `invalid channel "../x" (want something like stable or 1.85.0)`},
		{"a channel with a colon", BuildOptions{Channel: "a:b"}, `invalid channel "a:b"`},
		{"a channel in capitals, for which no run can ask", BuildOptions{Channel: "Stable"}, `invalid channel "Stable"`},
		{"a channel that begins with a dash", BuildOptions{Channel: "-x"}, `invalid channel "-x"`},
		{"a channel that is longer than a tag", BuildOptions{Channel: strings.Repeat("a", 129)}, "invalid channel"},
		{"a component that is none", BuildOptions{Components: []string{"a b"}}, `invalid component or target "a b"`},
		{"a set without a key", BuildOptions{Set: "set"}, "it has no key"},
		{"no wasm-tools", BuildOptions{WasmTools: "no/such/file"}, "wasm-tools: open no/such/file: no such file"},
	} {
		_, _, err := (&Builder{}).Build(t.Context(), tt.opts, func(Event) { t.Errorf("%s: something was done", tt.name) })
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

// staticELF is the smallest file that passes for a static program.
func staticELF(arch string) []byte {
	h := make([]byte, 64)
	copy(h, elf.ELFMAG)
	h[elf.EI_CLASS], h[elf.EI_DATA], h[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	h[16] = byte(elf.ET_EXEC)
	for m, name := range machines {
		if name == arch {
			h[18] = byte(m)
		}
	}
	h[20] = byte(elf.EV_CURRENT)
	h[52], h[54], h[58] = 64, 56, 64
	return h
}

// An image of a channel is not built with the compiler of another.
func TestCompilerFitsTheChannel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		channel, version string
		want             bool
	}{
		{"stable", "1.95.0", true},
		{"stable", "1.97.0-nightly", true},
		{"mine", "1.95.0", true},
		{"nightly", "1.97.0-nightly", true},
		{"nightly-2026-05-01", "1.97.0-nightly", true},
		{"nightly", "1.95.0", false},
		{"beta", "1.96.0-beta.3", true},
		{"beta", "1.96.0", false},
		{"1.95.0", "1.95.0", true},
		{"1.95", "1.95.0", true},
		{"1.9", "1.95.0", false},
		{"1.95.0", "1.97.0-nightly", false},
		{"1.95.0", "unknown", false},
	} {
		if got := fits(tt.channel, tt.version); got != tt.want {
			t.Errorf("rustc %s for channel %s: %v, want %v", tt.version, tt.channel, got, tt.want)
		}
	}
	if got := releaseOf("rustc 1.97.0-nightly (0 2026-05-01)\nbinary: rustc\nrelease: 1.97.0-nightly\nLLVM version: 22.1\n"); got != "1.97.0-nightly" {
		t.Errorf("release %q", got)
	}
}

// What rustup adds comes before the image loses what only that needs; without any, the
// Dockerfile is the one that images have always had.
func TestExtrasOfImages(t *testing.T) {
	t.Parallel()
	if (BuildOptions{}).dockerfile() != Dockerfile {
		t.Error("without extras the Dockerfile is another")
	}
	o := BuildOptions{Components: []string{"clippy", "miri"}, Targets: []string{"wasm32-unknown-unknown"}, WasmTools: "/bin/wasm-tools"}
	text := o.dockerfile()
	at := -1
	for _, want := range []string{
		"USER 0:0\n", "the base has no rustup", "rustup component add clippy miri rust-src;", "rustup target add wasm32-unknown-unknown;",
		"cargo miri setup", "cp -R /tmp/cache/miri /opt/corust/miri;", "COPY wasm-tools /usr/local/bin/wasm-tools\n", "a-s {} +",
	} {
		next := strings.Index(text, want)
		if next <= at {
			t.Errorf("%q is not in its place in\n%s", want, text)
		}
		at = next
	}
	if err := o.checkExtras(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "-y", "a;b", "a b", "$(x)", "a\nb", "../x"} {
		for _, o := range []BuildOptions{{Components: []string{name}}, {Targets: []string{name}}} {
			if err := o.checkExtras(); err == nil || !strings.Contains(err.Error(), "want a name of rustup's") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}
