package native

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// standInMiri acts as Miri does: as the compiler if it is told to, and otherwise it says
// what it was asked to interpret.
const standInMiri = `#!/bin/sh
if [ "$MIRI_BE_RUSTC" = target ]; then
	for arg; do
		shift
		case $arg in
		--sysroot) skip=yes ;;
		*) if [ "$skip" = yes ]; then skip=; else set -- "$@" "$arg"; fi ;;
		esac
	done
	exec /opt/rust/bin/rustc "$@"
fi
[ -d /opt/corust/miri/lib ] || exit 9
read line
echo "interpreted: $line $*"
echo "error: Undefined Behavior" >&2
exit 1
`

// standInWasmTools copies the module instead of printing it.
const standInWasmTools = `#!/bin/sh
[ "$1 $2 $3" = "demangle -t -o" ] && exec cp "$5" "$4"
exit 9
`

// noCore is a program of WebAssembly that needs no library.
const noCore = `#![feature(no_core, lang_items)]
#![no_core]
#![allow(internal_features)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
impl Copy for u32 {}
#[unsafe(no_mangle)] pub extern "C" fn second(_a: u32, b: u32) -> u32 { b }
`

// extras makes a copy of the nightly toolchain with stand-ins for what few machines have:
// Miri, its standard library, that of WebAssembly, and wasm-tools.
func extras(t *testing.T) {
	t.Helper()
	nightly, err := findToolchain("nightly")
	if err != nil {
		t.Skipf("no nightly toolchain to copy: %v", err)
	}
	// Beside the toolchain, since hard links do not cross file systems.
	home, err := os.MkdirTemp(filepath.Dir(nightly.sysroot), ".corust-test-")
	if err != nil {
		t.Skipf("no toolchain can be copied here: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	to := filepath.Join(home, "toolchains", "nightly")
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-al", nightly.sysroot+"/bin", nightly.sysroot+"/lib", to).CombinedOutput(); err != nil {
		t.Skipf("cp -al: %v: %s", err, out)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(to, "bin/miri"), standInMiri)
	write(filepath.Join(to, wasmLibrary, "README"), "")
	write(filepath.Join(home, "miri/lib/rustlib", targetTriple(), "lib/README"), "")
	write(filepath.Join(home, "bin/wasm-tools"), standInWasmTools)
	t.Setenv("RUSTUP_HOME", home)
	t.Setenv("RUSTUP_TOOLCHAIN", "nightly")
	t.Setenv("MIRI_SYSROOT", filepath.Join(home, "miri"))
	t.Setenv("PATH", filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
}

// Miri and WebAssembly work with a toolchain that has them, and are refused with the
// command that adds them to one that has not.
func TestMiriAndWebAssembly(t *testing.T) {
	extras(t)
	b, err := New(Config{})
	if err != nil {
		t.Skipf("no native box can be made here: %v", err)
	}
	defer b.Close()
	r, err := runner.New(runner.Config{Backend: b, Planner: rustc.Planner{}, Defaults: runner.Options{Channel: "nightly"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	run := func(action runner.Action, source string, args ...string) (runner.Result, map[runner.Kind][]byte) {
		t.Helper()
		out := map[runner.Kind][]byte{}
		res, err := r.Run(t.Context(), runner.Request{
			Action: action, Files: []runner.File{{Name: runner.MainFile, Data: []byte(source)}}, Args: args,
		}, strings.NewReader("typed\n"), func(e runner.Event) { out[e.Kind] = append(out[e.Kind], e.Data...) })
		if err != nil {
			t.Fatal(err)
		}
		return res, out
	}

	res, out := run(runner.ActionMiri, "fn main() {}", "an argument")
	if res.Verdict != runner.VerdictExit || res.ExitCode != 1 || !bytes.HasPrefix(out[runner.KindStdout], []byte("interpreted: typed main.rs ")) ||
		!bytes.HasSuffix(out[runner.KindStdout], []byte(" -- an argument\n")) || !bytes.Contains(out[runner.KindStderr], []byte("Undefined Behavior")) {
		t.Errorf("miri: %+v\n%s\n%s", res, out[runner.KindStdout], out[runner.KindStderr])
	}
	res, out = run(runner.ActionMiri, "fn main() { let x: u8 = \"\"; }")
	if res.Verdict != runner.VerdictCompileError || !bytes.Contains(out[runner.KindStderr], []byte("E0308")) {
		t.Errorf("miri of an error of types: %+v %s", res, out[runner.KindStderr])
	}
	out = map[runner.Kind][]byte{}
	res, err = r.Run(t.Context(), runner.Request{
		Action: runner.ActionMiri, Miri: runner.Miri{Tests: true, TreeBorrows: true},
		Files: []runner.File{{Name: runner.MainFile, Data: []byte("#[test]\nfn adds() {}\n")}},
	}, nil, func(e runner.Event) { out[e.Kind] = append(out[e.Kind], e.Data...) })
	if text := string(out[runner.KindStdout]); err != nil || res.Stage != runner.StageRun || !strings.Contains(text, " -Zmiri-tree-borrows ") || !strings.Contains(text, " --test") {
		t.Errorf("miri of tests: %v %+v %q %s", err, res, text, out[runner.KindStderr])
	}
	if res, _ := run(runner.ActionMiri, "pub fn f() {}"); res.Verdict != runner.VerdictNoProgram {
		t.Errorf("miri of a library: %+v", res)
	}
	res, out = run(runner.ActionWasm, noCore)
	if res.Verdict != runner.VerdictOK || !bytes.HasPrefix(out[runner.KindProduct], []byte("\x00asm")) || !bytes.Contains(out[runner.KindProduct], []byte("second")) {
		t.Errorf("wasm: %+v %.200q %s", res, out[runner.KindProduct], out[runner.KindStderr])
	}
}
