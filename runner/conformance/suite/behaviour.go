package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
	"github.com/corust-dev/corust/runner/rustc"
)

// behaviour is the half that means no harm.
func (s *suite) behaviour(t *testing.T) {
	r := s.runner(t, runner.Config{MaxBoxes: 4, MaxQueue: 1000, Warm: 2})
	// Of these, nothing is executed or replayed from an artifact, or, of viewsOfPrograms,
	// nothing that views does not replay, too.
	once := []string{"Toolchain", "ViewsOfPrograms", "CompileError", "Invalid"}
	for _, c := range []struct {
		name string
		test func(*suite, *testing.T, runner.Executor)
	}{
		{"Hello", (*suite).hello},
		{"ArgsAndEnv", (*suite).argsAndEnv},
		{"Files", (*suite).files},
		{"Toolchain", (*suite).toolchain},
		{"Channels", (*suite).channels},
		{"Editions", (*suite).editions},
		{"Modes", (*suite).modes},
		{"Actions", (*suite).actions},
		{"Views", (*suite).views},
		{"ViewsInTrouble", (*suite).viewsInTrouble},
		{"ViewsOfPrograms", (*suite).viewsOfPrograms},
		{"CompileError", (*suite).compileError},
		{"Libraries", (*suite).libraries},
		{"Warnings", (*suite).warnings},
		{"Color", (*suite).color},
		{"Diagnostics", (*suite).diagnostics},
		{"Bytes", (*suite).bytes},
		{"Caps", (*suite).caps},
		{"Tests", (*suite).tests},
		{"IntegrationTests", (*suite).integrationTests},
		{"ExitCodes", (*suite).exitCodes},
		{"Signals", (*suite).signals},
		{"Panic", (*suite).panics},
		{"Stdin", (*suite).stdin},
		{"Echo", (*suite).echo},
		{"FirstByte", (*suite).firstByte},
		{"StdinIsNotReadAhead", (*suite).stdinIsNotReadAhead},
		{"WaitingForInput", (*suite).waiting},
		{"ArgumentBytes", (*suite).argumentBytes},
		{"Usage", (*suite).usage},
		{"CPUs", (*suite).cpus},
		{"Environment", (*suite).environment},
		{"Parallelism", (*suite).parallelism},
		{"RefusedAndHung", (*suite).refusedAndHung},
		{"SlowReader", (*suite).slowReader},
		{"Invalid", (*suite).invalid},
	} {
		if s.cached && slices.Contains(once, c.name) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(s, t, r)
		})
	}
}

func (s *suite) hello(t *testing.T, r runner.Executor) {
	rec := run(t, r, runner.Request{Files: source(`fn main() { println!("Hello, world!"); }`)})
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	if rec.Stdout() != "Hello, world!\n" || rec.Stderr() != "" || len(rec.Stages) != 2 {
		t.Fatalf("%v", rec)
	}
}

func (s *suite) argsAndEnv(t *testing.T, r runner.Executor) {
	req := snippet(`
		println!("{:?}", std::env::args().collect::<Vec<_>>());
		println!("{:?} {:?} {:?}", std::env::var("GREETING"), std::env::var("HOME"), std::env::var("EMPTY"));
		println!("{:?}", std::env::current_dir());`)
	req.Args = []string{"", "a b", "--flag", "-", "ü", "x\ny", "$HOME"}
	req.Env = []string{"GREETING=hello = you", "HOME=/tmp", "EMPTY="}
	rec := run(t, r, req)
	want := `["/work/.main", "", "a b", "--flag", "-", "ü", "x\ny", "$HOME"]
Ok("hello = you") Ok("/tmp") Ok("")
Ok("/work")
`
	if rec.Stdout() != want {
		t.Fatalf("want %s\ngot %v", want, rec)
	}
}

func (s *suite) files(t *testing.T, r runner.Executor) {
	rec := run(t, r, runner.Request{Files: []runner.File{
		{Name: "a/mod.rs", Data: []byte(`pub mod b; pub fn name() -> &'static str { file!() }`)},
		{Name: "a/b.rs", Data: []byte(`pub const TEXT: &str = include_str!("../data/t x.txt");`)},
		{Name: "data/t x.txt", Data: []byte("täxt")},
		{Name: "data/zero", Data: []byte{0, 1, 2}},
		{Name: "empty.rs"},
		{Name: "main.rs", Data: []byte(`mod a; mod empty; fn main() {
			println!("{} {} {:?}", a::name(), a::b::TEXT, include_bytes!("data/zero"));
			println!("{:?}", std::fs::read_to_string("data/t x.txt"));
		}`)},
	}})
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	if want := "a/mod.rs täxt [0, 1, 2]\nOk(\"täxt\")\n"; rec.Stdout() != want {
		t.Fatalf("want %q, got %v", want, rec)
	}
	// A name that a command line would take for something else is given with its directory.
	for name, shown := range map[string]string{"größe 1.rs": "größe 1.rs", "-o.rs": "./-o.rs", "@x": "./@x", "-d/main.rs": "./-d/main.rs"} {
		text := fmt.Sprintf("fn main() { print!(\"{} {}\", file!(), include_str!(%q).len() > 9) }", path.Base(name))
		rec := run(t, r, runner.Request{Main: name, Files: []runner.File{{Name: name, Data: []byte(text)}}})
		if want := shown + " true"; rec.Verdict != runner.VerdictOK || rec.Stdout() != want {
			t.Errorf("%s: want %q, got %v", name, want, rec)
		}
	}
}

// toolchain checks the description of the compiler in a box: its version and its content.
func (s *suite) toolchain(t *testing.T, r runner.Executor) {
	tc, err := s.backend.Toolchain(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(tc.ID) {
		t.Errorf("ID %q", tc.ID)
	}
	again, err := s.backend.Toolchain(t.Context(), "")
	if err != nil || again != tc {
		t.Errorf("%+v, %v; before %+v", again, err, tc)
	}
	req := snippet(`
		let out = std::process::Command::new(std::env::args().nth(1).unwrap()).arg("--version").output().unwrap();
		print!("{}", String::from_utf8(out.stdout).unwrap());`)
	req.Args = []string{tc.Rustc}
	if rec := run(t, r, req); !strings.HasPrefix(rec.Stdout(), "rustc "+tc.Version+" ") {
		t.Errorf("version %q, and in the box %v", tc.Version, rec)
	}
}

// channels runs a program with each toolchain, by its channel and by its version, while
// the pool keeps boxes of the default one warm.
func (s *suite) channels(t *testing.T, r runner.Executor) {
	list, err := s.backend.Toolchains(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("toolchains %+v, %v", list, err)
	}
	byDefault, err := s.backend.Toolchain(t.Context(), "")
	if err != nil || list[0].ID != byDefault.ID {
		t.Errorf("the first toolchain is %+v, and the default %+v, %v", list[0], byDefault, err)
	}
	seen := map[string]bool{}
	for _, tc := range list {
		if seen[tc.ID+tc.SetKey] || tc.Channel == "" {
			t.Errorf("%+v is listed twice, or has no channel", tc)
		}
		seen[tc.ID+tc.SetKey] = true
		if again, err := s.backend.Toolchain(t.Context(), tc.Channel); err != nil || again != tc {
			t.Errorf("channel %s is %+v, %v, and listed as %+v", tc.Channel, again, err, tc)
		}
		for _, channel := range []runner.Channel{tc.Channel, runner.Channel(tc.Version)} {
			req := snippet(`
				let out = std::process::Command::new(std::env::args().nth(1).unwrap()).arg("--version").output().unwrap();
				print!("{}", String::from_utf8(out.stdout).unwrap());`)
			req.Args, req.Channel = []string{tc.Rustc}, channel
			if rec := run(t, r, req); !strings.HasPrefix(rec.Stdout(), "rustc "+tc.Version+" ") {
				t.Errorf("channel %s, version %s, and in the box %v", channel, tc.Version, rec)
			}
		}
	}
	_, err = s.backend.Toolchain(t.Context(), "1.2.3-none")
	var invalid *runner.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), string(list[0].Channel)) || len(err.Error()) > 2000 {
		t.Errorf("the refusal of an unknown channel does not name %s: %v", list[0].Channel, err)
	}
}

func (s *suite) editions(t *testing.T, r runner.Executor) {
	// Each program compiles in its edition and not in the one before or after.
	programs := map[runner.Edition]struct{ body, notIn string }{
		"2015": {`fn main() { let async = 1; println!("{}", async); }`, "2018"},
		"2018": {`fn main() { let x = [1, 2].into_iter().map(|n: &i32| *n).sum::<i32>(); async fn f() {} let _ = f(); println!("{}", x - 2); }`, "2021"},
		"2021": {`fn main() { let gen = 1; let c = || { let a = u8::try_from(1i32); a }; println!("{}", i32::from(c().unwrap()) * gen); }`, "2024"},
		"2024": {`fn main() { unsafe extern "C" { safe fn abs(n: i32) -> i32; } let v: Box<[i32]> = Box::new([-1]); for n in v.into_iter() { let m: i32 = n; println!("{}", abs(m)); } }`, "2018"},
	}
	for _, edition := range runner.Editions {
		p := programs[edition]
		rec := run(t, r, runner.Request{Files: source(p.body), Edition: edition, Mode: runner.ModeDebug})
		if rec.Verdict != runner.VerdictOK || rec.Stdout() != "1\n" {
			t.Errorf("edition %s: %v", edition, rec)
		}
		rec = run(t, r, runner.Request{Files: source(p.body), Edition: runner.Edition(p.notIn), Mode: runner.ModeDebug})
		if rec.Verdict != runner.VerdictCompileError {
			t.Errorf("what is for edition %s, in edition %s: %v", edition, p.notIn, rec)
		}
	}
}

func (s *suite) modes(t *testing.T, r runner.Executor) {
	req := snippet(`
		let n = std::env::args().count() as u8;
		println!("{}", cfg!(debug_assertions));
		println!("{}", (254 + n) + n);`)
	rec := run(t, r, req)
	wantVerdict(t, rec, runner.VerdictExit, runner.StageRun)
	if rec.ExitCode != 101 || rec.Stdout() != "true\n" || !strings.Contains(rec.Stderr(), "overflow") {
		t.Errorf("debug: %v", rec)
	}
	req.Mode = runner.ModeRelease
	rec = run(t, r, req)
	if rec.Verdict != runner.VerdictOK || rec.Stdout() != "false\n0\n" {
		t.Errorf("release: %v", rec)
	}
}

func (s *suite) actions(t *testing.T, r runner.Executor) {
	tc, err := s.backend.Toolchain(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	const text = `fn main() { let v = vec![1]; if v.len() == 0 { loop {} } }
#[test] fn good() { println!("x"); }
#[test] fn bad() { assert_eq!(1, 2); }
`
	request := func(a runner.Action) runner.Request {
		return runner.Request{Files: source(text), Action: a, Mode: runner.ModeDebug}
	}
	t.Run("check", func(t *testing.T) {
		rec := run(t, r, request(runner.ActionCheck))
		wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
		if len(rec.Stages) != 1 {
			t.Errorf("%v", rec)
		}
	})
	t.Run("test", func(t *testing.T) {
		rec := run(t, r, request(runner.ActionTest))
		wantVerdict(t, rec, runner.VerdictExit, runner.StageRun)
		if rec.ExitCode != 101 || !strings.Contains(rec.Stdout(), "1 passed; 1 failed") {
			t.Errorf("%v", rec)
		}
	})
	t.Run("documentation", func(t *testing.T) {
		if tc.Rustdoc == "" {
			t.Skip("the toolchain has no rustdoc (an image that was built before corust looked for it: corust image build)")
		}
		rec := run(t, r, runner.Request{Files: source(documented), Action: runner.ActionTest, Mode: runner.ModeDebug, Limits: runner.Limits{RunTime: time.Minute}})
		wantVerdict(t, rec, runner.VerdictExit, runner.StageRun)
		if out := rec.Stdout(); rec.ExitCode != 101 || !strings.Contains(out, "main.rs - half (line 2) ... ok") || !strings.Contains(out, "main.rs - half (line 5) ... FAILED") {
			t.Errorf("%v", rec)
		}
	})
	t.Run("clippy", func(t *testing.T) {
		if tc.ClippyDriver == "" {
			t.Skip("the toolchain has no clippy")
		}
		rec := run(t, r, request(runner.ActionClippy))
		wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
		if !bytes.Contains(rec.Output[runner.StageCompile][runner.KindStderr], []byte("clippy::len_zero")) {
			t.Errorf("%v", rec)
		}
	})
	t.Run("fmt", func(t *testing.T) {
		if tc.Rustfmt == "" {
			t.Skip("the toolchain has no rustfmt")
		}
		rec := run(t, r, request(runner.ActionFormat))
		wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
		if !bytes.HasPrefix(rec.Output[runner.StageCompile][runner.KindProduct], []byte("fn main() {\n    let v = vec![1];\n")) {
			t.Errorf("%v", rec)
		}
		// A text may be larger than what a program may print.
		long := text + strings.Repeat("// A comment that stays where it is.\n", 4000)
		rec = run(t, r, runner.Request{Files: source(long), Action: runner.ActionFormat})
		wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
		if got := rec.Output[runner.StageCompile][runner.KindProduct]; len(got) < len(long) {
			t.Errorf("%d bytes of %d are formatted", len(got), len(long))
		}
	})
}

// documented is a library with two examples: the first uses it and its directory, the second
// fails.
const documented = `/// A half.
/// ` + "```" + `
/// std::fs::write("half", main::half(4).to_string()).unwrap();
/// ` + "```" + `
/// ` + "```" + `
/// assert_eq!(main::half(6), 2);
/// ` + "```" + `
pub fn half(n: u32) -> u32 { n / 2 }
`

// viewed is a source with something to see in each view.
const viewed = `#[derive(Clone)] pub struct Point(pub u32);
#[inline(never)] pub fn twice(p: &Point) -> u32 { p.0 << 1 }
fn main() { println!("{}", twice(&Point(2))); }
`

// views come one by one and all together, are the same in both cases, and leave the
// action beside them what it is.
func (s *suite) views(t *testing.T, r runner.Executor) {
	words := map[runner.Action]string{
		runner.ActionAsm: "twice", runner.ActionLLVMIR: "define ", runner.ActionMIR: "-> u32 {",
		runner.ActionHIR: "fn twice", runner.ActionExpanded: "impl ::core::clone::Clone for Point",
	}
	var names []runner.Action
	for _, view := range rustc.Views() {
		// The others need what not every toolchain has.
		if _, ok := words[view.Name]; ok {
			names = append(names, view.Name)
		}
	}
	if len(names) != len(words) {
		t.Errorf("%d views of %d are in the table", len(names), len(words))
	}
	request := runner.Request{Files: source(viewed), Action: names[0], Views: names, Color: true}
	all := run(t, r, request)
	wantVerdict(t, all, runner.VerdictOK, runner.StageCompile)
	if len(all.Products) != len(names) {
		t.Errorf("%d products of %d views: %v", len(all.Products), len(names), all)
	}
	for _, name := range names {
		request.Action, request.Views = name, nil
		rec := run(t, r, request)
		wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
		one := rec.Products[string(name)]
		if !bytes.Contains(one, []byte(words[name])) || len(rec.Products) != 1 {
			t.Errorf("%s has no %q: %.2000q: %v", name, words[name], one, rec)
		}
		if !bytes.Equal(one, all.Products[string(name)]) {
			t.Errorf("%s alone and with others:\n%.2000q\n%.2000q", name, one, all.Products[string(name)])
		}
	}

	request.Action, request.Views = runner.ActionRun, []runner.Action{runner.ActionHIR, runner.ActionAsm}
	rec := run(t, r, request)
	if rec.Verdict != runner.VerdictOK || rec.Stdout() != "4\n" || len(rec.Products) != 2 {
		t.Errorf("a run with views: %v", rec)
	}
}

// A source that does not compile has messages and no product; one that makes more than a
// view holds has the beginning of it.
func (s *suite) viewsInTrouble(t *testing.T, r runner.Executor) {
	rec := run(t, r, runner.Request{Files: source("fn main() { let x: u8 = \"\"; }"), Action: runner.ActionAsm, Views: []runner.Action{runner.ActionMIR}})
	if rec.Verdict != runner.VerdictCompileError || rec.ExitCode != 1 || len(rec.Products) != 0 || !bytes.Contains(rec.Output[runner.StageCompile][runner.KindStderr], []byte("E0308")) {
		t.Errorf("an error of types: %v", rec)
	}
	rec = run(t, r, runner.Request{Files: source(""), Action: runner.ActionAsm})
	wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)

	const macro = `macro_rules! d { ($s:literal) => { let _ = $s; }; ($s:literal $h:tt $($t:tt)*) => { d!($s $($t)*); d!($s $($t)*); }; }
fn main() { d!("a line that is long enough to fill a screen, and a page, and in the end the view of the source" x x x x x x x x x x x x x x x x); }
`
	rec = run(t, r, runner.Request{Files: source(macro), Action: runner.ActionExpanded, Limits: runner.Limits{CompileTime: time.Minute, Memory: 1 << 30}})
	wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
	data, limit := rec.Products["expanded"], 5<<20
	if len(data) > limit || len(data) < limit-1000 || data[len(data)-1] != '\n' {
		t.Errorf("%d bytes that end with %q, of at most %d", len(data), data[max(0, len(data)-20):], limit)
	}
	warned := slices.ContainsFunc(rec.Events, func(e runner.Event) bool {
		return e.Kind == runner.KindWarning && strings.HasPrefix(e.Warning, "expanded is longer than 5MiB")
	})
	if !warned {
		t.Errorf("no warning that the view was cut: %v", rec)
	}
}

func (s *suite) compileError(t *testing.T, r runner.Executor) {
	for name, text := range map[string]string{
		"type":  "fn main() { let x: u8 = \"\"; }",
		"UTF-8": "fn main() { \"\xff\"; }",
		"link":  "unsafe extern \"C\" { fn no_such_function(); }\nfn main() { unsafe { no_such_function() } }",
	} {
		rec := run(t, r, runner.Request{Files: source(text), Mode: runner.ModeDebug})
		if rec.Verdict != runner.VerdictCompileError || rec.ExitCode != 1 || len(rec.Stages) != 1 || len(rec.Output[runner.StageCompile][runner.KindStderr]) == 0 {
			t.Errorf("%s: %v", name, rec)
		}
		if name == "type" && !bytes.Contains(rec.Output[runner.StageCompile][runner.KindStderr], []byte("--> main.rs:1:25")) {
			t.Errorf("the error names another place: %v", rec)
		}
	}
}

// libraries are compiled like anything else; there is only nothing to run.
func (s *suite) libraries(t *testing.T, r runner.Executor) {
	const test = "pub fn twice(n: u32) -> u32 { n * 2 }\n#[test]\nfn works() { assert_eq!(twice(2), 4) }\n"
	for name, text := range map[string]string{
		"empty":       "",
		"no main":     test,
		"lib":         "#![crate_type = \"lib\"]\n" + test,
		"cdylib":      "#![crate_type = \"cdylib\"]\n" + test,
		"with a main": "#![crate_type = \"rlib\"]\npub fn main() {}\n",
		"named":       "#![crate_name = \"greeter\"]\n" + test,
	} {
		rec := run(t, r, runner.Request{Files: source(text), Mode: runner.ModeDebug})
		if rec.Verdict != runner.VerdictNoProgram || rec.Stage != runner.StageCompile || len(rec.Stages) != 1 || rec.ExitCode != 0 {
			t.Errorf("run of %s: %v", name, rec)
		}
		for action, stage := range map[runner.Action]runner.StageName{runner.ActionCheck: runner.StageCompile, runner.ActionTest: runner.StageRun} {
			rec := run(t, r, runner.Request{Action: action, Files: source(text), Mode: runner.ModeDebug})
			if rec.Verdict != runner.VerdictOK || rec.Stage != stage {
				t.Errorf("%s of %s: %v", action, name, rec)
			}
		}
	}
	rec := run(t, r, runner.Request{Files: source("pub fn f() -> u8 { \"\" }"), Mode: runner.ModeDebug})
	wantVerdict(t, rec, runner.VerdictCompileError, runner.StageCompile)
}

func (s *suite) warnings(t *testing.T, r runner.Executor) {
	rec := run(t, r, snippet(`let unused = 1; println!("ran");`))
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	if !bytes.Contains(rec.Output[runner.StageCompile][runner.KindStderr], []byte("unused_variables")) || rec.Stdout() != "ran\n" || rec.Stderr() != "" {
		t.Errorf("%v", rec)
	}
}

func (s *suite) color(t *testing.T, r runner.Executor) {
	for _, color := range []bool{false, true} {
		req := snippet("x")
		req.Color = color
		rec := run(t, r, req)
		if got := bytes.Contains(rec.Output[runner.StageCompile][runner.KindStderr], []byte("\x1b[")); got != color {
			t.Errorf("asked for colour: %t, got it: %t: %v", color, got, rec)
		}
	}
}

// A request for diagnostics gets the same text, with the same cap on it.
func (s *suite) diagnostics(t *testing.T, r runner.Executor) {
	for name, req := range map[string]runner.Request{
		"warning":  snippet(`let mut unchanged = 1; println!("{unchanged}");`),
		"error":    snippet(`let x: String = 1;`),
		"coloured": {Files: source(`fn main() { let mut x = 1; x }`), Color: true},
		"nothing":  snippet(`println!("x");`),
		// Each message quotes the line: 20 MiB for machines, 50 KB for people.
		"a long line":    snippet(strings.Repeat(`let a: u8 = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; `, 130) + strings.Repeat("let _b = 1; ", 6500)),
		"beyond the cap": {Files: source(`fn main() { let mut x = 1; let mut y = 2; println!("{x}{y}"); }`), Limits: runner.Limits{Output: 200}},
	} {
		plain := run(t, r, req)
		req.Diagnostics = true
		both := run(t, r, req)
		said, shown := plain.Output[runner.StageCompile][runner.KindStderr], both.Output[runner.StageCompile][runner.KindStderr]
		if !bytes.Equal(said, shown) || plain.Verdict != both.Verdict || plain.ExitCode != both.ExitCode || len(plain.Stages) != len(both.Stages) {
			t.Errorf("%s: without diagnostics %v\nwith %v", name, plain, both)
		}
		var found []*runner.Diagnostic
		for _, e := range both.Events {
			if e.Kind == runner.KindDiagnostic {
				found = append(found, e.Diagnostic)
			}
		}
		if (len(found) == 0) != (len(said) == 0) {
			t.Errorf("%s: %d diagnostics for %q", name, len(found), said)
		}
		if name == "warning" && (len(found[0].Suggestions) != 1 || found[0].Suggestions[0].Applicability != runner.MachineApplicable) {
			t.Errorf("the needless mut cannot be taken away by a machine: %+v", found[0])
		}
	}
}

// The results of tests are events, each after its text, and the harness's exit code is the
// run's.
func (s *suite) tests(t *testing.T, r runner.Executor) {
	req := runner.Request{Action: runner.ActionTest, Mode: runner.ModeDebug, Args: []string{"--test-threads=1"}, Files: source(`
#[test] fn a() {}
#[test] fn b() { println!("captured"); panic!("no") }
#[test] #[ignore = "slow"] fn c() {}
#[test] fn d() { use std::io::Write; std::io::stdout().write_all(b"test c ... ok\n").unwrap(); }
`)}
	rec := run(t, r, req)
	if rec.Verdict != runner.VerdictExit || rec.ExitCode != 101 || !strings.Contains(rec.Stdout(), "test result: FAILED. 2 passed; 1 failed; 1 ignored") {
		t.Errorf("%v", rec)
	}
	var got []string
	for _, e := range rec.Events {
		if test := e.Test; test != nil {
			got = append(got, fmt.Sprintf("%s %s %s %s", test.Suite, test.Name, test.Outcome, test.Message))
			if failed := test.Outcome == runner.TestFailed; failed && (!strings.HasPrefix(test.Output, "captured\n") || test.Place == nil || test.Place.Line != 3) {
				t.Errorf("%+v", test)
			}
		}
	}
	want := []string{"main.rs a ok ", "main.rs c ignored slow", "main.rs d ok ", "main.rs b failed "}
	if !slices.Equal(got, want) {
		t.Errorf("results %q, want %q: %v", got, want, rec)
	}
	req.Args = []string{"--exact", "a"}
	if rec := run(t, r, req); rec.Verdict != runner.VerdictOK || !strings.Contains(rec.Stdout(), "1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out") {
		t.Errorf("one test: %v", rec)
	}
}

// The files in tests/ are crates of tests, which use the package's library and run after
// its tests, by name. The first crate with a test that fails ends the run.
func (s *suite) integrationTests(t *testing.T, r runner.Executor) {
	req := runner.Request{Action: runner.ActionTest, Mode: runner.ModeDebug, Main: "src/lib.rs", Files: []runner.File{
		{Name: "tests/c.rs", Data: []byte("#[test] fn never() {}")},
		{Name: "tests/b.rs", Data: []byte("#[test] fn fails() { assert_eq!(p::f(), 1) }")},
		{Name: "tests/a/main.rs", Data: []byte("mod m; #[test] fn passes() { assert_eq!(p::f(), m::WANT) }")},
		{Name: "tests/a/m.rs", Data: []byte("pub const WANT: u8 = 2;")},
		{Name: "src/lib.rs", Data: []byte("pub fn f() -> u8 { 2 }\n#[test] fn unit() {}")},
		{Name: "Cargo.toml", Data: []byte("[package]\nname = \"p\"\nedition = \"2021\"\n")},
	}}
	rec := run(t, r, req)
	wantVerdict(t, rec, runner.VerdictExit, runner.StageRun)
	var got []string
	for _, e := range rec.Events {
		if test := e.Test; test != nil {
			got = append(got, fmt.Sprintf("%s %s %s", test.Suite, test.Name, test.Outcome))
		}
	}
	want := []string{"src/lib.rs unit ok", "tests/a/main.rs passes ok", "tests/b.rs fails failed"}
	if !slices.Equal(got, want) || rec.ExitCode != 101 {
		t.Errorf("results %q, want %q: %v", got, want, rec)
	}
}

func (s *suite) exitCodes(t *testing.T, r runner.Executor) {
	// A program for each code would cost a compilation each; these are the codes that
	// other tools give a meaning.
	for _, code := range []int{0, 1, 2, 42, 101, 124, 125, 126, 127, 128, 134, 137, 139, 143, 153, 254, 255} {
		req := snippet(`std::process::exit(std::env::args().nth(1).unwrap().parse().unwrap())`)
		req.Args = []string{fmt.Sprint(code)}
		rec := run(t, r, req)
		want := runner.VerdictExit
		if code == 0 {
			want = runner.VerdictOK
		}
		if rec.Verdict != want || rec.ExitCode != code || rec.Signal != 0 {
			t.Errorf("exit(%d): %v", code, rec)
		}
	}
	// All 256 as seen by a parent in the box, so that none is special there.
	rec := run(t, r, snippet(`
		if let Some(code) = std::env::args().nth(1) { std::process::exit(code.parse().unwrap()) }
		for code in 0..256 {
			let status = std::process::Command::new("/proc/self/exe").arg(code.to_string()).status().unwrap();
			assert_eq!(status.code(), Some(code));
		}`))
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
}

func (s *suite) signals(t *testing.T, r runner.Executor) {
	for name, sig := range conformance.Signals {
		req := runner.Request{Mode: runner.ModeDebug, Files: source(`
			unsafe extern "C" { fn signal(n: i32, h: usize) -> usize; fn raise(n: i32) -> i32; }
			fn main() {
				let n = std::env::args().nth(1).unwrap().parse().unwrap();
				unsafe { signal(n, 0); raise(n); }
			}`)}
		req.Args = []string{fmt.Sprint(int(sig))}
		rec := run(t, r, req)
		want := runner.VerdictSignal
		if name == "SIGXFSZ" {
			want = runner.VerdictDisk
		}
		if rec.Verdict != want || rec.Signal != sig || rec.ExitCode != -1 {
			t.Errorf("%s: %v", name, rec)
		}
	}
}

func (s *suite) panics(t *testing.T, r runner.Executor) {
	rec := run(t, r, snippet(`print!("before"); panic!("with {}", 1);`))
	wantVerdict(t, rec, runner.VerdictExit, runner.StageRun)
	if rec.ExitCode != 101 || rec.Stdout() != "before" || !strings.Contains(rec.Stderr(), "main.rs:2:19:\nwith 1") {
		t.Errorf("%v", rec)
	}
}

func (s *suite) usage(t *testing.T, r runner.Executor) {
	const touched = 100 << 20
	light := run(t, r, snippet(`println!("x");`))
	heavy := run(t, r, snippet(`
		let mut v = vec![0u8; 100 << 20];
		for i in (0..v.len()).step_by(4096) { v[i] = 1 }
		let start = std::time::Instant::now();
		let mut n = 0u64;
		while start.elapsed().as_millis() < 300 { n = std::hint::black_box(n + 1) }
		println!("{}", v[n as usize % v.len()] > 9);`))
	wantVerdict(t, light, runner.VerdictOK, runner.StageRun)
	wantVerdict(t, heavy, runner.VerdictOK, runner.StageRun)
	l, h := light.Stages[1].Usage, heavy.Stages[1].Usage
	if h.Wall < 300*time.Millisecond || h.CPU < 30*time.Millisecond || h.CPU <= l.CPU {
		t.Errorf("time: light %+v, heavy %+v", l, h)
	}
	// One process, so it cannot have used more processor than there was time.
	if h.CPU > h.Wall+50*time.Millisecond {
		t.Errorf("more processor time than wall time: %+v", h)
	}
	if h.PeakMemory == 0 {
		t.Skip("this backend's boxes do not count memory here")
	}
	if h.PeakMemory < touched || h.PeakMemory > touched+(128<<20) || l.PeakMemory >= touched {
		t.Errorf("peak memory: light %d, heavy %d with %d touched", l.PeakMemory, h.PeakMemory, touched)
	}
}

func (s *suite) cpus(t *testing.T, r runner.Executor) {
	req := snippet(`
		let start = std::time::Instant::now();
		let hogs: Vec<_> = (0..8).map(|_| std::thread::spawn(move || while start.elapsed().as_millis() < 1500 { std::hint::spin_loop() })).collect();
		for h in hogs { h.join().unwrap() }`)
	req.Limits.CPUs = 0.25
	rec := run(t, r, req)
	wantVerdict(t, rec, runner.VerdictOK, runner.StageRun)
	u := rec.Stages[1].Usage
	// 0.25 of a processor, and a period's worth of burst.
	if u.CPU > u.Wall/2 {
		t.Errorf("8 threads used %v of processor in %v, capped at a quarter", u.CPU, u.Wall)
	}
}

// invalid requests are refused before anything is made for them.
func (s *suite) invalid(t *testing.T, r runner.Executor) {
	main := func(data string) []runner.File { return source(data) }
	more := func(names ...string) []runner.File {
		files := main("fn main() {}")
		for _, n := range names {
			files = append(files, runner.File{Name: n})
		}
		return files
	}
	tests := map[string]struct {
		req   runner.Request
		field string
	}{
		"no file":           {runner.Request{}, "files"},
		"no main.rs":        {runner.Request{Files: []runner.File{{Name: "lib.rs"}}}, "files"},
		"10 MB":             {runner.Request{Files: main(strings.Repeat("//////////", 1<<20))}, "files"},
		"10 MB in pieces":   {runner.Request{Files: append(more(), runner.File{Name: "a", Data: make([]byte, 10<<20)})}, "files"},
		"NUL":               {runner.Request{Files: main("fn main() {\x00}")}, "files"},
		"parent":            {runner.Request{Files: more("../x.rs")}, "files"},
		"inner parent":      {runner.Request{Files: more("a/../../x.rs")}, "files"},
		"absolute":          {runner.Request{Files: more("/etc/passwd")}, "files"},
		"hidden":            {runner.Request{Files: more(".main")}, "files"},
		"NUL in a name":     {runner.Request{Files: more("a\x00b")}, "files"},
		"newline in a name": {runner.Request{Files: more("a\nb")}, "files"},
		"escape in a name":  {runner.Request{Files: more("a\x1b[0mb")}, "files"},
		"not UTF-8":         {runner.Request{Files: more("a\xff")}, "files"},
		"4 KB name":         {runner.Request{Files: more(strings.Repeat("n", 4096))}, "files"},
		"twice":             {runner.Request{Files: more("a", "a")}, "files"},
		"file as directory": {runner.Request{Files: more("a", "a/b")}, "files"},
		"10,000 files":      {runner.Request{Files: make([]runner.File, 10_000)}, "files"},
		"main as option":    {runner.Request{Files: more(), Main: "--version"}, "files"},
		"main elsewhere":    {runner.Request{Files: more(), Main: "other.rs"}, "files"},
		"action":            {runner.Request{Files: more(), Action: "rm"}, "action"},
		"mode":              {runner.Request{Files: more(), Mode: "fast"}, "mode"},
		"edition":           {runner.Request{Files: more(), Edition: "2022"}, "edition"},
		"edition option":    {runner.Request{Files: more(), Edition: "2021 -C linker=/x"}, "edition"},
		"channel path":      {runner.Request{Files: more(), Channel: "../../x"}, "channel"},
		"unknown channel":   {runner.Request{Files: more(), Channel: "no-such-channel"}, "channel"},
		"crate type":        {runner.Request{Files: more(), CrateType: "exe"}, "crate_type"},
		"forbidden flag":    {runner.Request{Files: more(), Flags: []string{"-C", "linker=/bin/sh"}}, "flags"},
		"flag with NUL":     {runner.Request{Files: more(), Flags: []string{"--cfg", "a\x00"}}, "flags"},
		"flag not UTF-8":    {runner.Request{Files: more(), Flags: []string{"--cfg", "\xff"}}, "flags"},
		"10 MB of flags":    {runner.Request{Files: more(), Flags: []string{"--cfg", strings.Repeat("a", 10<<20)}}, "flags"},
		"NUL argument":      {runner.Request{Files: more(), Args: []string{"a\x00"}}, "args"},
		"10 MB argument":    {runner.Request{Files: more(), Args: []string{strings.Repeat("a", 10<<20)}}, "args"},
		"env without =":     {runner.Request{Files: more(), Env: []string{"X"}}, "env"},
		"env without key":   {runner.Request{Files: more(), Env: []string{"=X"}}, "env"},
		"env with NUL":      {runner.Request{Files: more(), Env: []string{"A=\x00"}}, "env"},
		"memory":            {runner.Request{Files: more(), Limits: runner.Limits{Memory: 1}}, "limits.memory"},
		"negative time":     {runner.Request{Files: more(), Limits: runner.Limits{RunTime: -1}}, "limits.run_time"},
		"processes":         {runner.Request{Files: more(), Limits: runner.Limits{Processes: 1 << 30}}, "limits.processes"},
	}
	for name, tt := range tests {
		_, err := r.Run(t.Context(), tt.req, nil, func(e runner.Event) { t.Errorf("%s: event %+v", name, e) })
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != tt.field {
			t.Errorf("%s: want an InvalidError about %s, got %v", name, tt.field, err)
		} else if len(err.Error()) > 2000 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := r.Run(ctx, snippet(""), nil, nil)
	if err != nil || res.Verdict != runner.VerdictCanceled {
		t.Errorf("a context that has ended: %+v, %v", res, err)
	}
}
