package rustc_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/corust-dev/corust/internal/test/testbudget"
	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/google/go-cmp/cmp"
)

// decodeTests decodes the output of a harness, in pieces of that size.
func decodeTests(t rustc.Tests, out string, size int) []runner.Test {
	var list []runner.Test
	d := t.Decode(func(t *runner.Test) { list = append(list, *t) })
	for len(out) > 0 {
		n := min(size, len(out))
		d.Write([]byte(out[:n]))
		out = out[n:]
	}
	d.Close()
	return list
}

func ok(name string) runner.Test { return runner.Test{Name: name, Outcome: runner.TestOK} }

func failed(name, output string) runner.Test {
	return runner.Test{Name: name, Outcome: runner.TestFailed, Output: output}
}

const panicked = "thread 'a' (7) panicked at src/main.rs:3:59:\nassertion failed\nnote: run with `RUST_BACKTRACE=1`"

func TestHarnessOutputIsRead(t *testing.T) {
	t.Parallel()
	at := func(test runner.Test, file string, line, column int) runner.Test {
		test.Place = &runner.Place{File: file, Line: line, Column: column}
		return test
	}
	for name, tt := range map[string]struct {
		out  string
		want []runner.Test
	}{
		"nothing": {"", nil},
		"all outcomes": {
			"\nrunning 4 tests\ntest a ... FAILED\ntest m::b ... ok\ntest c - should panic ... ok\ntest d ... ignored\ntest e ... ignored, it is slow, really\n\n" +
				"failures:\n\n---- a stdout ----\nsays this\n\n" + panicked + "\n\n\nfailures:\n    a\n\ntest result: FAILED. 1 passed; 1 failed\n\n",
			[]runner.Test{
				ok("m::b"), ok("c"), {Name: "d", Outcome: runner.TestIgnored}, {Name: "e", Outcome: runner.TestIgnored, Message: "it is slow, really"},
				at(failed("a", "says this\n\n"+panicked), "src/main.rs", 3, 59),
			},
		},
		"several failures, one without output": {
			"test a ... FAILED\ntest b ... FAILED\ntest c - should panic ... FAILED\n\nfailures:\n\n---- c stdout ----\nnote: test did not panic as expected at x.rs:5:28\n---- a stdout ----\n1\n\n2\n\n\nfailures:\n    a\n    b\n    c\n\ntest result: FAILED.\n",
			[]runner.Test{
				{Name: "c", Outcome: runner.TestFailed, Output: "note: test did not panic as expected at x.rs:5:28", Message: "test did not panic as expected at x.rs:5:28", Place: &runner.Place{File: "x.rs", Line: 5, Column: 28}},
				failed("a", "1\n\n2"), failed("b", ""),
			},
		},
		"another message of a panic": {
			"test a ... FAILED\n\nfailures:\n\n---- a stdout ----\nnote: panic did not contain expected string\n      panic message: \"bar\"\n\nfailures:\n    a\n",
			[]runner.Test{{Name: "a", Outcome: runner.TestFailed, Output: "note: panic did not contain expected string\n      panic message: \"bar\"", Message: "panic did not contain expected string"}},
		},
		"the place in the request is preferred": {
			"test a ... FAILED\n\nfailures:\n\n---- a stdout ----\nthread 'x' panicked at /rustc/1/library/core/src/x.rs:1:2:\nthread 'x' panicked at src/main.rs:8:9:\nthread 'x' panicked at src/main.rs:10:11:\n\nfailures:\n    a\n",
			[]runner.Test{at(failed("a", "thread 'x' panicked at /rustc/1/library/core/src/x.rs:1:2:\nthread 'x' panicked at src/main.rs:8:9:\nthread 'x' panicked at src/main.rs:10:11:"), "src/main.rs", 8, 9)},
		},
		"output of the tests before a result": {"raw line\nno newlinetest m::raw ... ok\nxtest p - should panic ... ok\ntest b ... ok\n", []runner.Test{ok("m::raw"), ok("p"), ok("b")}},
		"one thread, output after the name":   {"test a ... raw line\nmore\nok\ntest b ... x\nyFAILED\ntest c ... book\ntest d ... zok\ntest e ... FAILED\n\nfailures:\n    b\n", []runner.Test{ok("a"), ok("c"), ok("d"), failed("b", ""), failed("e", "")}},
		"a name whose test never ended":       {"test a ... ok\ntest b ... bye", []runner.Test{ok("a")}},
		"aborted":                             {"test a ... ok\ntest b ... FAILED\n", []runner.Test{ok("a"), failed("b", "")}},
		"quiet":                               {"\nrunning 3 tests\n. 1/3\nm::a --- FAILED\n.\nfailures:\n\n---- m::a stdout ----\nx\n\nfailures:\n    m::a\n\ntest result: FAILED.\n", []runner.Test{failed("m::a", "x")}},
		"times":                               {"test a ... ok <0.050s>\ntest b ... ok <1.5s>\ntest c ... ok <-1s>\ntest d ... ok <1e99s>\n", []runner.Test{{Name: "a", Outcome: runner.TestOK, Time: 50 * time.Millisecond}, {Name: "b", Outcome: runner.TestOK, Time: 1500 * time.Millisecond}, ok("c"), ok("d")}},
		"colours":                             {"test a ... \x1b[32mok\x1b(B\x1b[m\ntest b ... \x1b[31mFAILED\x1b[0m\n\x1b[", []runner.Test{ok("a"), failed("b", "")}},
		"CRLF":                                {"test a ... ok\r\n", []runner.Test{ok("a")}},
		"documentation": {
			"test src/lib.rs - add (line 3) ... FAILED\ntest src/lib.rs - m (line 30) - compile fail ... ok\n\nfailures:\n\n---- src/lib.rs - add (line 3) stdout ----\nTest executable failed (exit status: 101).\n\n\nfailures:\n    src/lib.rs - add (line 3)\n",
			[]runner.Test{ok("src/lib.rs - m (line 30)"), at(failed("src/lib.rs - add (line 3)", "Test executable failed (exit status: 101)."), "src/lib.rs", 3, 0)},
		},
		"successes are shown":       {"test a ... ok\n\nsuccesses:\n\n---- a stdout ----\ncaptured\n\n\nsuccesses:\n    a\n\ntest result: ok.\n", []runner.Test{ok("a")}},
		"only listed as failed":     {"garbagetest x::y ... FAI\nLED\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\nx\n\nfailures:\n    b\n    x::y\n\ntest result: FAILED.\n", []runner.Test{failed("b", "x"), failed("x::y", "")}},
		"a result that is repeated": {"test a ... ok\ntest a ... FAILED\n", []runner.Test{ok("a")}},
		"a forged output of another": {
			"test a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\n---- a stdout ----\n---- c stdout ----\ntest d ... ok\n\nfailures:\n    b\n",
			[]runner.Test{ok("a"), failed("b", "---- a stdout ----\n---- c stdout ----\ntest d ... ok")},
		},
		"not UTF-8":      {"test a ... FAILED\nfailures:\n\n---- a stdout ----\n\xff\xc3\n\nfailures:\n", []runner.Test{failed("a", "\ufffd")}},
		"no results":     {"test\ntest  ... \ntest ... ok\ntest a b\n ... ok\ntest result: ok. 0 passed\ntesting a ... ok\n", nil},
		"a list is text": {"a: test\n", nil},
		"the beginning of a long line is forgotten": {strings.Repeat("x", 100_000) + "test a ... ok\n" + "test b ... " + strings.Repeat("y", 100_000) + "ok\n", []runner.Test{ok("a")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 2, 7, 1 << 20} {
				got := decodeTests(rustc.Tests{Files: []string{"Cargo.toml", "src/main.rs"}}, tt.out, size)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Fatalf("in pieces of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func TestHarnessListIsRead(t *testing.T) {
	t.Parallel()
	got := decodeTests(rustc.Tests{Suite: "x.rs", List: true}, "m::a: test\nsrc/lib.rs - add (line 3): test\nb: benchmark\n\n2 tests, 1 benchmark\n", 5)
	var want []runner.Test
	for _, name := range []string{"m::a", "src/lib.rs - add (line 3)", "b"} {
		want = append(want, runner.Test{Name: name, Suite: "x.rs", Outcome: runner.TestListed})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a compiled harness prints is read in full, with one thread and with several.
func TestCompilerTestsAreRead(t *testing.T) {
	t.Parallel()
	const source = `mod m {
#[test] fn good() { println!("captured"); }
#[test] fn bad() { println!("about to"); assert_eq!(1, 2, "no"); }
#[test] #[should_panic] fn panics() { panic!("x") }
#[test] #[should_panic] fn does_not() {}
#[test] #[ignore = "slow"] fn ignored() {}
#[test] fn result() -> Result<(), String> { Err("oops".into()) }
#[test] fn raw() { use std::io::Write; std::io::stdout().write_all(b"raw line\nno newline").unwrap(); }
}
`
	req := runner.Request{Action: runner.ActionTest, Mode: runner.ModeDebug, Edition: "2021", Main: "main.rs", Files: []runner.File{{Name: "main.rs", Data: []byte(source)}}}
	want := map[string]string{
		"m::good": "ok", "m::bad": "failed main.rs:3", "m::panics": "ok", "m::does_not": "failed main.rs:5", "m::ignored": "ignored", "m::result": "failed", "m::raw": "ok",
	}
	binary := build(t, req, compiler(t))
	for _, args := range [][]string{{"--test-threads=1"}, {"--test-threads=4"}, {"--test-threads=1", "--color=always"}, {"--list"}} {
		req.Args = args
		outs, _ := exec.Command(binary, args...).Output() // a test fails
		plan, err := rustc.Planner{}.Plan(req, compiler(t))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		d, err := rustc.Planner{}.Decoder(plan, plan.Steps[1].Stdout, runner.Sink{Test: func(test *runner.Test) {
			got[test.Name] = string(test.Outcome)
			if test.Place != nil {
				got[test.Name] += fmt.Sprintf(" %s:%d", test.Place.File, test.Place.Line)
			}
			if test.Name == "m::bad" && test.Outcome == runner.TestFailed && !strings.HasPrefix(test.Output, "about to\n") {
				t.Errorf("the output of a failed test: %q", test.Output)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		d.Write(outs)
		d.Close()
		expect := want
		if args[0] == "--list" {
			expect = map[string]string{}
			for name := range want {
				expect[name] = "listed"
			}
		}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s\n%s", args, diff, outs)
		}
	}
}

// build compiles a request outside of a box and returns the name of its program.
func build(t *testing.T, req runner.Request, tc runner.Toolchain) string {
	t.Helper()
	dir := t.TempDir()
	plan, err := rustc.Planner{}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	argv := plan.Steps[0].Argv
	for i, a := range argv {
		argv[i] = strings.ReplaceAll(a, "/work/", dir+"/")
	}
	writeFiles(t, dir, plan.Files)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.ReplaceAll(plan.Steps[1].Argv[0], "/work/", dir+"/")
}

// harnessLines are pieces of which outputs are made: what a harness prints, and what
// programs print to be taken for it.
var harnessLines = []string{
	"test a ... ", "test b ... ", "ok", "FAILED", "ignored, x", "\n", "\n\n", "failures:\n", "---- a stdout ----\n", "---- b stdout ----\n", "    a\n",
	"test result: ok.\n", "thread 'a' panicked at m.rs:1:2:\n", " - should panic", "\x1b[", "\xff", "x", "a --- FAILED\n", " <0.1s>", "a: test\n", "successes:\n",
}

// Whatever is written, results are lawful, and the same however the stream is cut.
func TestForgedHarnessOutput(t *testing.T) {
	t.Parallel()
	rng := testseed.Rand(t)
	for range 3000 {
		var b strings.Builder
		for range rng.IntN(40) {
			b.WriteString(harnessLines[rng.IntN(len(harnessLines))])
		}
		checkTests(t, b.String(), rng)
	}
}

func checkTests(t *testing.T, out string, rng *rand.Rand) {
	t.Helper()
	for _, list := range []bool{false, true} {
		tests := rustc.Tests{Suite: "m.rs", Files: []string{"m.rs"}, List: list}
		whole := decodeTests(tests, out, len(out)+1)
		if diff := cmp.Diff(whole, decodeTests(tests, out, 1+rng.IntN(9))); diff != "" {
			t.Fatalf("%q: in pieces:\n%s", out, diff)
		}
		seen := map[string]bool{}
		for _, test := range whole {
			if test.Name == "" || seen[test.Name] || test.Suite != "m.rs" || list != (test.Outcome == runner.TestListed) {
				t.Fatalf("%q: %+v", out, test)
			}
			seen[test.Name] = true
			for _, s := range []string{test.Name, test.Message, test.Output} {
				if !utf8.ValidString(s) || len(s) > runner.MaxTestText {
					t.Fatalf("%q: %+v", out, test)
				}
			}
		}
	}
}

func FuzzTests(f *testing.F) {
	f.Add("test a ... FAILED\n\nfailures:\n\n---- a stdout ----\nx\n\nfailures:\n    a\n")
	f.Add("xtest a ... ok\ntest b ... x\nok\n")
	f.Fuzz(func(t *testing.T, out string) {
		checkTests(t, out, rand.New(rand.NewPCG(1, uint64(len(out)))))
	})
}

// Not parallel, as what is allocated beside it would be counted.
func TestHarnessOutputStaysInTheBudget(t *testing.T) {
	var many strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&many, "test t%d ... FAILED\n", i)
	}
	for i := range 3000 {
		fmt.Fprintf(&many, "---- t%d stdout ----\nx\n", 2999-i)
	}
	texts := []string{many.String()}
	for _, unit := range []string{"test a ... ok\n", "test ", " ... ", "test a ... x", "\x1b[", "x", "\n", "failures:\n", "    a\n", "---- a stdout ----\n", "a: test\n", "panicked at a:1:1:\n"} {
		texts = append(texts, testbudget.Fill("", unit, ""), testbudget.Fill("test a ... FAILED\nfailures:\n---- a stdout ----\n", unit, "\nfailures:\n"))
	}
	for _, text := range texts {
		for _, list := range []bool{false, true} {
			testbudget.Check(t, len(text), func() { decodeTests(rustc.Tests{List: list}, text, 4096) })
		}
	}
}

// A step reports a bounded number of tests and bytes.
func TestTestsAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 2 * runner.MaxTests {
		fmt.Fprintf(&b, "test t%d ... ok\n", i)
	}
	if got := decodeTests(rustc.Tests{}, b.String(), 1<<20); len(got) != runner.MaxTests {
		t.Errorf("%d tests", len(got))
	}
	b.Reset()
	for i := range 100 {
		fmt.Fprintf(&b, "test t%d ... FAILED\n\n", i)
	}
	for i := range 100 {
		fmt.Fprintf(&b, "failures:\n\n---- t%d stdout ----\n%s\n", i, strings.Repeat(strings.Repeat("é", 50)+"\n", 200))
	}
	size := 0
	for _, test := range decodeTests(rustc.Tests{}, b.String(), 1<<16) {
		size += len(test.Output)
		if len(test.Output) > runner.MaxTestText || len(test.Output) > 0 && len(test.Output) < runner.MaxTestText-3 {
			t.Fatalf("an output of %d bytes", len(test.Output))
		}
	}
	if size > runner.MaxTestBytes || size < runner.MaxTestBytes/2 {
		t.Errorf("outputs of %d bytes", size)
	}
}
