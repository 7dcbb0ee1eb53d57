package images

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/directlink"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/internal/toolid"
)

// probeTime bounds the check of an image, which takes less than a second.
const probeTime = 2 * time.Minute

// probeScript does what a box will do, and prints what it found.
const probeScript = `set -eu
bin=` + engine.ToolchainPath + `/bin
cd /tmp
echo 'fn main() { println!("program: ran"); }' >main.rs
"$bin/rustc" -O -o main main.rs
./main
for tool in rustdoc rustfmt clippy-driver miri; do
	if "$bin/$tool" --version >/dev/null 2>&1; then echo "tool: $tool"; fi
done
if [ -d ` + engine.MiriPath + `/lib ]; then echo "tool: miri-sysroot"; fi
if ` + engine.WasmToolsPath + ` --version >/dev/null 2>&1; then echo "tool: wasm-tools"; fi
target=` + engine.WasmTarget + `
if [ -d "$bin/../lib/rustlib/$target/lib" ]; then echo "tool: $target"; fi
args=$(rustc=$bin/rustc; ` + directlink.Script + `) || args=
echo "link: $args"
printf 'toolchain: '
sysroot=` + engine.ToolchainPath + ` target=$("$bin/rustc" -vV | sed -n 's/^host: //p')
` + toolid.Script + `
"$bin/rustc" -vV`

// facts are what the check found in an image.
type facts struct {
	verbose    string // the output of rustc -vV
	release    string // "1.95.0"
	toolchain  string // its id
	components []string
	linkArgs   string // see package directlink
}

// probe compiles and runs a program in an image, without a network and as the
// user of boxes.
func (b *Builder) probe(ctx context.Context, ref string) (facts, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	id, remove, err := b.container(ctx, "corust-check-", &engine.Config{
		Image: ref, User: fmt.Sprintf("%d:%[1]d", engine.UserBase), Entrypoint: []string{"/bin/sh", "-c", probeScript}, Cmd: []string{},
		AttachStdin: true, AttachStdout: true, AttachStderr: true, OpenStdin: true, StdinOnce: true,
	}, &engine.HostConfig{
		NetworkMode: "none", CapDrop: []string{"ALL"}, ReadonlyRootfs: true, SecurityOpt: []string{"no-new-privileges"},
		LogConfig: engine.LogConfig{Type: "none"}, Tmpfs: map[string]string{"/tmp": "rw,exec,nosuid,nodev,size=256m,mode=1777"},
	})
	if err != nil {
		return facts{}, err
	}
	defer remove()
	stream, err := b.Engine.Attach(ctx, id)
	if err != nil {
		return facts{}, err
	}
	defer stream.Close()
	defer context.AfterFunc(ctx, func() { stream.Close() })()
	if err := b.Engine.Start(ctx, id); err != nil {
		return facts{}, err
	}
	out, err := io.ReadAll(io.LimitReader(stream, 64<<10))
	if err != nil {
		return facts{}, fmt.Errorf("check image: %w", err)
	}
	f := readFacts(string(out))
	if f.release == "" || f.toolchain == "" {
		return f, fmt.Errorf("%w: the image cannot compile and run a program: %s", engine.ErrBuild,
			strings.TrimSpace(string(out)+string(stream.Diagnostics())))
	}
	return f, nil
}

// container creates a container with a new name. remove removes it; a creation that
// failed leaves none, as far as the engine's answer shows.
func (b *Builder) container(ctx context.Context, prefix string, cfg *engine.Config, host *engine.HostConfig) (id string, remove func(), err error) {
	suffix := make([]byte, 8)
	_, _ = rand.Read(suffix) // never fails (crypto/rand)
	name := prefix + hex.EncodeToString(suffix)
	remove = func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		_ = b.Engine.Remove(clean, name)
	}
	if id, err = b.Engine.Create(ctx, name, cfg, host); err != nil {
		remove() // an engine may have created it and failed to answer
	}
	return id, remove, err
}

// readFacts reads what the script prints.
func readFacts(out string) facts {
	var f facts
	ran := false
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case line == "program: ran\n":
			ran = true
		case key == "toolchain" && f.verbose == "":
			f.toolchain = value
		case key == "link" && f.verbose == "":
			f.linkArgs = directlink.Parse(value)
		case key == "tool" && f.verbose == "":
			f.components = append(f.components, strings.TrimSuffix(value, "-driver"))
		case strings.HasPrefix(line, "rustc "), f.verbose != "":
			f.verbose += line
			if key == "release" && ran {
				f.release = value
			}
		}
	}
	return f
}
