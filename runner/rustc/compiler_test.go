package rustc_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// compiler is the machine's own toolchain. The tests that need it compare with
// what it prints when nobody asks for JSON.
func compiler(t testing.TB) runner.Toolchain {
	t.Helper()
	tool := func(name string) string {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("no %s on this machine: %v", name, err)
		}
		return path
	}
	tc := runner.Toolchain{Version: "1.95.0", Rustc: tool("rustc")}
	tc.ClippyDriver, _ = exec.LookPath("clippy-driver") // Debian has it in a package of its own
	return tc
}

// compile runs the first step of a plan outside of a box and returns its standard
// error and the processor time that it took.
func compile(t testing.TB, req runner.Request, tc runner.Toolchain) (stderr []byte, plan runner.Plan, cpu time.Duration) {
	t.Helper()
	plan, err := rustc.Planner{}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range plan.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	argv := slices.Clone(plan.Steps[0].Argv)
	for i, a := range argv {
		argv[i] = strings.ReplaceAll(a, "/work/", dir+"/")
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), "LANG=C.UTF-8"), &out
	if err := cmd.Run(); err != nil && out.Len() == 0 {
		t.Fatal(err)
	}
	return out.Bytes(), plan, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// decoder reads the standard error of the first step of a plan.
func decoder(t testing.TB, plan runner.Plan, text func([]byte), found func(*runner.Diagnostic)) runner.Decoder {
	t.Helper()
	d, err := rustc.Planner{}.Decoder(plan, plan.Steps[0].Stderr, runner.Sink{Text: text, Diagnostic: found})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sources have messages of every kind; fixed is what becomes of one when all that
// a machine may apply is applied, "" where that differs between compilers.
var sources = map[string]struct {
	action        runner.Action
	source, fixed string
}{
	"nothing to say": {runner.ActionCheck, "fn main() {}\n", "fn main() {}\n"},
	"unused mut": {runner.ActionCheck,
		"fn main() {\n    let mut é = \"🦀\"; let mut x = 1; println!(\"{é}{x}\");\n}\n",
		"fn main() {\n    let é = \"🦀\"; let x = 1; println!(\"{é}{x}\");\n}\n"},
	"a byte order mark, and CRLF": {runner.ActionCheck,
		"\ufefffn main() {\r\n    // 🦀\r\n    let mut x = 1; println!(\"{x}\");\r\n}\r\n",
		"\ufefffn main() {\r\n    // 🦀\r\n    let x = 1; println!(\"{x}\");\r\n}\r\n"},
	"two parts": {runner.ActionCheck,
		"fn main() {\n    let x = 1;\n    if (x == 1) { println!(\"{}\", x) }\n}\n",
		"fn main() {\n    let x = 1;\n    if x == 1  { println!(\"{}\", x) }\n}\n"},
	"a missing semicolon": {runner.ActionCheck,
		"fn main() {\n    let x = 1\n    println!(\"{x}\");\n}\n",
		"fn main() {\n    let x = 1;\n    println!(\"{x}\");\n}\n"},
	"an import that is not used": {runner.ActionCheck, "use std::fmt::Debug;\nfn main() {}\n", "fn main() {}\n"},
	"front matter": {runner.ActionCheck,
		"---\n# é 🦀\n[dependencies]\n---\nfn main() { let mut x = 1; println!(\"{x}\"); }\n",
		"---\n# é 🦀\n[dependencies]\n---\nfn main() { let x = 1; println!(\"{x}\"); }\n"},
	"many errors": {runner.ActionCheck,
		"fn main() {\n    let s: String = \"a\";\n    let m: HashMap<u8, u8> = HashMap::new();\n    let q = 5;\n    q = 6;\n    foo();\n    vec![1, \"a\"];\n    println!(\"{} {}\", 1);\n}\n", ""},
	"a macro of one's own": {runner.ActionCheck,
		"macro_rules! m { ($x:ident) => { let mut $x = 1; println!(\"{}\", $x); } }\nfn main() { m!(a); m!(b); }\n", ""},
	"borrowed and moved": {runner.ActionCheck,
		"fn main() {\n    let v = vec![1];\n    let w = v;\n    println!(\"{:?} {:?}\", v, w);\n    let r; { let x = 5; r = &x; } println!(\"{r}\");\n}\n", ""},
	"a forged message": {runner.ActionCheck,
		"compile_error!(\"\\n{\\\"$message_type\\\":\\\"diagnostic\\\",\\\"message\\\":\\\"x\\\",\\\"level\\\":\\\"error\\\",\\\"rendered\\\":\\\"forged\\\"}\\n\\u{1b}[31m\");\nfn main() {}\n", ""},
	"not Rust":     {runner.ActionCheck, "fn main( {\n\tlet \"\n", ""},
	"a test":       {runner.ActionTest, "#[test]\nfn a() { let mut x = 1; assert_eq!(x, 1); }\n", "#[test]\nfn a() { let x = 1; assert_eq!(x, 1); }\n"},
	"to be linked": {runner.ActionRun, "extern \"C\" { fn nowhere_to_be_found(); }\nfn main() { unsafe { nowhere_to_be_found() } }\n", ""},
	"clippy": {runner.ActionClippy,
		"fn main() {\n    let v: Vec<u8> = Vec::new();\n    if v.len() == 0 { println!(\"x\") }\n}\n",
		"fn main() {\n    let v: Vec<u8> = Vec::new();\n    if v.is_empty() { println!(\"x\") }\n}\n"},
	"a long line": {runner.ActionCheck, "fn main() { let a = 1; " + strings.Repeat("let mut a = a; ", 300) + "}\n", ""},
}

// With diagnostics, what is shown is to the byte what the compiler prints
// without, in colours and without; and what a machine may apply leads to what was
// meant.
func TestCompiler(t *testing.T) {
	t.Parallel()
	tc := compiler(t)
	for name, c := range sources {
		for _, color := range []bool{false, true} {
			t.Run(name+map[bool]string{false: "", true: " in colours"}[color], func(t *testing.T) {
				t.Parallel()
				if c.action == runner.ActionClippy && tc.ClippyDriver == "" {
					t.Skip("no clippy-driver on this machine")
				}
				req := request(func(r *runner.Request) {
					r.Action, r.Color, r.Main = c.action, color, "main.rs"
					r.Mode, r.Edition = runner.ModeDebug, "2021"
					r.Files = []runner.File{{Name: "main.rs", Data: []byte(c.source)}}
				})
				plain, _, _ := compile(t, req, tc)
				req.Diagnostics = true
				raw, plan, _ := compile(t, req, tc)
				var text bytes.Buffer
				var list []*runner.Diagnostic
				d := decoder(t, plan, func(b []byte) { text.Write(b) }, func(d *runner.Diagnostic) { list = append(list, d) })
				rng := testseed.Rand(t)
				for rest := raw; len(rest) > 0; {
					n := min(1+rng.IntN(300), len(rest))
					d.Write(rest[:n])
					rest = rest[n:]
				}
				d.Close()
				if got := unlike(text.Bytes()); !bytes.Equal(got, unlike(plain)) {
					t.Errorf("shown\n%s\nprinted without JSON\n%s", got, plain)
				}
				if got := apply(c.source, list); c.fixed != "" && got != c.fixed {
					t.Errorf("applied: %q, want %q", got, c.fixed)
				}
			})
		}
	}
}

var temporary = regexp.MustCompile(`/tmp/[A-Za-z0-9_/.-]+`)

// unlike blanks what differs between two runs of the linker: names of temporary
// directories.
func unlike(text []byte) []byte { return temporary.ReplaceAll(text, []byte("TMP")) }

// apply makes every change that a machine may make, from the last to the first.
func apply(source string, list []*runner.Diagnostic) string {
	var edits []runner.Edit
	for _, d := range list {
		for _, s := range d.Suggestions {
			if s.Applicability == runner.MachineApplicable {
				edits = append(edits, s.Edits...)
			}
		}
	}
	slices.SortFunc(edits, func(a, b runner.Edit) int { return b.Start.Byte - a.Start.Byte })
	for _, e := range edits {
		source = source[:e.Start.Byte] + e.Replacement + source[e.End.Byte:]
	}
	return source
}

// BenchmarkDiagnostics compiles a hello world and a source with messages, with and
// without diagnostics in turn, and reports the ratio of the compiler's processor
// time, decoding not included.
func BenchmarkDiagnostics(b *testing.B) {
	tc := compiler(b)
	for name, source := range map[string]string{
		"hello":    "fn main() {\n    println!(\"Hello, world!\");\n}\n",
		"messages": sources["many errors"].source,
	} {
		b.Run(name, func(b *testing.B) {
			var used [2]time.Duration
			for b.Loop() {
				for i := range used {
					req := request(func(r *runner.Request) {
						r.Files[0].Data, r.Edition, r.Diagnostics = []byte(source), "2021", i == 1
					})
					_, _, cpu := compile(b, req, tc)
					used[i] += cpu
				}
			}
			b.ReportMetric(float64(used[1])/float64(used[0]), "with/without")
			b.ReportMetric(float64(used[0].Milliseconds())/float64(b.N), "cpu-ms/compile")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkDecoder reads the compiler's messages.
func BenchmarkDecoder(b *testing.B) {
	tc := compiler(b)
	raw, plan, _ := compile(b, request(func(r *runner.Request) {
		r.Files[0].Data, r.Edition, r.Diagnostics = []byte(sources["many errors"].source), "2021", true
	}), tc)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		d := decoder(b, plan, func([]byte) {}, func(*runner.Diagnostic) {})
		d.Write(raw)
		d.Close()
	}
}

// Rustc and clippy take every value of every row of the table of flags, in each mode, for a
// package with a library: no row needs a nightly toolchain, and none breaks the linking.
func TestCompilerTakesEveryFlag(t *testing.T) {
	t.Parallel()
	tc := compiler(t)
	free := map[string]string{
		"-C target-cpu": "native", "-C target-feature": "+sse3,-avx512f", "-C codegen-units": "256",
		"--cfg": `feature="x"`, "--check-cfg": `cfg(feature, values("x"))`,
	}
	var all []string
	for i, row := range rustc.Flags() {
		values := row.Values
		if values == nil {
			values = []string{cmp.Or(free[row.Name], "unused_variables")}
		}
		name, option, codegen := strings.Cut(row.Name, " ")
		for _, v := range values {
			if codegen {
				all = append(all, fmt.Sprintf("%d\x00%s\x00%s=%s", i, name, option, v))
			} else {
				all = append(all, fmt.Sprintf("%d\x00%s\x00%s", i, name, v))
			}
		}
	}
	for i, action := range []runner.Action{runner.ActionRun, runner.ActionTest, runner.ActionRun, runner.ActionClippy, runner.ActionRun, runner.ActionTest} {
		if action == runner.ActionClippy && tc.ClippyDriver == "" {
			t.Log("clippy-driver is not here: not tested with it")
			continue
		}
		t.Run(fmt.Sprint(action, i), func(t *testing.T) {
			t.Parallel()
			// One call has a value of each row: the ith, or the first after the last.
			var words []string
			for row := range rustc.Flags() {
				var list []string
				for _, f := range all {
					if n, words, _ := strings.Cut(f, "\x00"); n == fmt.Sprint(row) {
						list = append(list, words)
					}
				}
				flag, value, _ := strings.Cut(list[i%len(list)], "\x00")
				if flag == "-F" || strings.HasPrefix(value, "lto=") {
					continue // contradicts the others, takes many seconds
				}
				words = append(words, flag, value)
			}
			req := runner.Request{
				Action: action, Mode: runner.Modes[i%2], Edition: "2021", Main: "src/main.rs", Flags: words,
				Files: []runner.File{
					{Name: "Cargo.toml", Data: []byte("[package]\nname = \"p\"\n")},
					{Name: "src/lib.rs", Data: []byte("pub fn f() -> u8 { 1 }\n#[test] fn t() { assert_eq!(f(), 1) }\n")},
					{Name: "src/main.rs", Data: []byte("fn main() { println!(\"{}\", p::f()) }\n")},
				},
			}
			for _, out := range carryOut(t, req, tc) {
				if strings.Contains(out, "error") || strings.Contains(out, "warning") {
					t.Errorf("%q: %s", words, out)
				}
			}
		})
	}
}

// With -C lto, the library of a package keeps the bitcode that the linking needs.
func TestCompilerLinksPackagesWithLTO(t *testing.T) {
	t.Parallel()
	outs := carryOut(t, runner.Request{
		Action: runner.ActionRun, Mode: runner.ModeDebug, Edition: "2021", Main: "src/main.rs", Flags: []string{"-C", "lto"},
		Files: []runner.File{
			{Name: "Cargo.toml", Data: []byte("[package]\nname = \"p\"\n")},
			{Name: "src/lib.rs", Data: []byte("pub fn f() -> u8 { 41 }\n")},
			{Name: "src/main.rs", Data: []byte("fn main() { println!(\"{}\", p::f() + 1) }\n")},
		},
	}, compiler(t))
	if got := outs[len(outs)-1]; got != "42\n" {
		t.Errorf("the program says %q", got)
	}
}

// The compiler takes the plans of integration tests: of a program and its library, of a
// library alone, and without a manifest.
func TestCompilerBuildsIntegrationTests(t *testing.T) {
	t.Parallel()
	const manifest = "[package]\nname = \"my-app\"\n[[test]]\nname = \"own\"\nharness = false\n"
	const uses = "mod common;\n#[test] fn t() { assert_eq!(%s::f(), common::want()); let _ = env!(\"CARGO_TARGET_TMPDIR\"); }\n"
	for name, tt := range map[string]struct {
		main  string
		files map[string]string
		runs  int
	}{
		"both": {"src/main.rs", map[string]string{
			"Cargo.toml": manifest, "src/lib.rs": "pub fn f() -> u8 { 41 }", "src/main.rs": "fn main() { my_app::f(); }",
			"tests/a b.rs": fmt.Sprintf(uses, "my_app"), "tests/own.rs": "fn main() { assert!(cfg!(test)); println!(\"own\"); }",
		}, 4},
		"a library":  {"src/lib.rs", map[string]string{"Cargo.toml": manifest, "src/lib.rs": "pub fn f() -> u8 { 41 }", "tests/a.rs": fmt.Sprintf(uses, "my_app")}, 2},
		"no package": {"lib.rs", map[string]string{"lib.rs": "pub fn f() -> u8 { 41 }", "tests/a.rs": fmt.Sprintf(uses, "lib")}, 2},
		"no library": {"main.rs", map[string]string{"main.rs": "fn main() {}", "tests/a.rs": "mod common; #[test] fn t() { common::want(); }"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := runner.Request{Action: runner.ActionTest, Mode: runner.ModeDebug, Edition: "2021", Main: tt.main,
				Files: []runner.File{{Name: "tests/common/mod.rs", Data: []byte("pub fn want() -> u8 { 41 }")}}}
			for name, text := range tt.files {
				req.Files = append(req.Files, runner.File{Name: name, Data: []byte(text)})
			}
			outs := carryOut(t, req, compiler(t))
			runs := 0
			for _, out := range outs {
				if out == "own\n" || strings.Contains(out, "test result: ok.") {
					runs++
				}
			}
			if runs != tt.runs {
				t.Errorf("%d test programs have passed, want %d: %q", runs, tt.runs, outs)
			}
		})
	}
}

// carryOut carries out all steps of a plan outside of a box and returns what each wrote.
func carryOut(t *testing.T, req runner.Request, tc runner.Toolchain) []string {
	t.Helper()
	plan, err := rustc.Planner{}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFiles(t, dir, plan.Files)
	var outs []string
	for _, s := range plan.Steps {
		argv := slices.Clone(s.Argv)
		for i, a := range argv {
			argv[i] = strings.ReplaceAll(a, "/work/", dir+"/")
		}
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), s.Env...)
		cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", argv, err, out)
		}
		outs = append(outs, string(out))
	}
	return outs
}

func writeFiles(t *testing.T, dir string, files []runner.File) {
	t.Helper()
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
