package rustc

import (
	"errors"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testbudget"
	"github.com/corust-dev/corust/runner"
)

// normal returns flags in their normal form, in one line.
func normal(t *testing.T, words string) string {
	t.Helper()
	f, err := parseFlags(strings.Fields(words))
	if err != nil {
		t.Fatalf("%s: %v", words, err)
	}
	return strings.Join(append(f.codegen.args(), f.rest...), " ")
}

func TestFlagsHaveANormalForm(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"":                      "",
		"-C opt-level=3":        "-C opt-level=3",
		"-Copt-level=s":         "-C opt-level=s",
		"--codegen opt_level=0": "-C opt-level=0",
		"--codegen=opt-level=0": "-C opt-level=0",
		"-O -g":                 "-C opt-level=3 -C debuginfo=2",
		"-C opt-level=1 -O":     "-C opt-level=3",
		"-C opt-level=1 -C debuginfo=full -C opt-level=2":             "-C opt-level=2 -C debuginfo=2",
		"-C target-cpu=native -C target-cpu=x86-64-v3":                "-C target-cpu=x86-64-v3",
		"-C target-feature=+avx2,-sse4.1 -C target-feature=+bmi1":     "-C target-feature=+avx2,-sse4.1,+bmi1",
		"-C overflow-checks -C debug_assertions=off":                  "-C overflow-checks=yes -C debug-assertions=no",
		"-C lto -C panic=abort":                                       "-C lto=fat -C panic=abort",
		"-C lto=yes -C lto=n":                                         "-C lto=off",
		"-C codegen-units=256 -C strip=symbols -C debuginfo=none":     "-C codegen-units=256 -C strip=symbols -C debuginfo=0",
		`--cfg a --cfg=b="x/y" --cfg r#fn`:                            `--cfg a --cfg b="x/y" --cfg r#fn`,
		`--check-cfg=cfg(a,values("x")) --check-cfg cfg(b)`:           `--check-cfg cfg(a,values("x")) --check-cfg cfg(b)`,
		"-Wdead-code --warn=unused -W clippy::pedantic":               "-W dead-code -W unused -W clippy::pedantic",
		"--allow a --deny b -Fc --forbid=d --force-warn e -Aunused":   "-A a -D b -F c -F d --force-warn e -A unused",
		"-D warnings -C opt-level=2 -A dead_code -D warnings -A _x_0": "-C opt-level=2 -D warnings -A dead_code -D warnings -A _x_0",
	} {
		if got := normal(t, words); got != want {
			t.Errorf("%s: %s, want %s", words, got, want)
		} else if again := normal(t, got); again != got {
			t.Errorf("%s: the normal form of %s is %s", words, got, again)
		}
	}
}

// What is not in the table, and every value that is not the flag's, is refused with what is
// allowed.
func TestOtherFlagsAreRefused(t *testing.T) {
	t.Parallel()
	const all = "want one of -C opt-level, -C target-cpu, -C target-feature, "
	for words, want := range map[string]string{
		"-C linker=/bin/sh": all, "-Clink-arg=-o/x": all, "-C link-args=x": all, "-C llvm-args=x": all, "-C incremental=/x": all,
		"-C save-temps": all, "-C profile-use=/etc/passwd": all, "-C": "needs a value", "-C =": all, "-C opt": all, "-C -": all,
		"--codegen": "needs a value", "-L /": all, "-L/": all, "-l c": all, "-o x": all, "-ox": all, "--out-dir x": all, "--emit=link": all, "--emit asm": all,
		"--extern x=/y": all, "--sysroot /": all, "@file": all, "x.rs": all, "-": all, "--": all, "--cfgx": all, "-Z help": all, "-Zhelp": all,
		"--target x": all, "--print cfg": all, "--explain E0001": all, "-v": all, "-V": all, "-h": all, "--remap-path-prefix a=b": all, "--error-format=json": all,
		"-OO": all, "-gO": all, "-O=3": all,
		"--edition 2021": "the request has an edition", "--edition=2021": "the request has an edition", "--crate-type lib": "the request has a crate type", "--test": "the action test",
		"-C opt-level": `"" for -C opt-level (want one of 0, 1, 2, 3, s, z)`, "-C opt-level=4": `invalid value "4"`, "-C opt-level=3,-Cx": "invalid value",
		"-C target-cpu=help": "for -C target-cpu (want a processor such as native", "-C target-cpu=": "invalid value", "-C target-cpu=a/b": "invalid value", "-C target-cpu=-x": "invalid value",
		"-C target-feature=help": "invalid value", "-C target-feature=avx": "invalid value", "-C target-feature=+a,": "invalid value", "-C target-feature=+": "invalid value",
		"-C overflow-checks=maybe": "want one of yes, no", "-C panic=immediate-abort": "want one of unwind, abort", "-C panic": "invalid value", "-C lto=x": "want one of off, thin, fat",
		"-C codegen-units=0": "a number from 1 to 256", "-C codegen-units=257": "invalid value", "-C codegen-units=01": "invalid value", "-C codegen-units=99999999999999999999": "invalid value", "-C codegen-units": "invalid value",
		"-C debuginfo=3": "invalid value", "-C strip=x": "invalid value",
		"--cfg": "needs a value", "--cfg=": "invalid value", "--cfg a::b": "invalid value", "--cfg true": "invalid value", "--cfg a=b": "invalid value", `--cfg a="b`: "invalid value", `--cfg a="\"`: "invalid value", `--cfg a="b"c"`: "invalid value",
		"--check-cfg x": "want a declaration such as", "-W help": "want a lint such as", "-Whelp": "invalid value", "-W a,b": "invalid value", "-W a::b::c": "invalid value", "-W ::a": "invalid value", "-D": "needs a value",
	} {
		_, err := parseFlags(strings.Fields(words))
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "flags" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one about flags with %q", words, err, want)
		}
	}
}

// The table is complete and has no flag twice, and its lists hold normal forms.
func TestFlagTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Flags() {
		names := append(f.Spellings(), f.Name)
		if len(f.names) > 0 {
			names = names[1:]
		}
		for _, name := range f.Spellings() {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if f.About == "" || (f.Values == nil) == (f.Form == "") || (f.codegen() == "") == (len(f.names) == 0) {
			t.Errorf("the row %v is not complete", names)
		}
		for _, v := range f.Values {
			if got, ok := f.read(v); !ok || got != v {
				t.Errorf("%s: the normal form of its value %s is %q, %v", f.Name, v, got, ok)
			}
		}
	}
}

// FuzzFlags gives random words to the parser: what comes out is in the table, has no more
// than the words had, and is its own normal form.
func FuzzFlags(f *testing.F) {
	for _, seed := range []string{"-C\nopt-level=3\n-O", "--cfg\na=\"b\"\n-Wx", "-C\ntarget-feature=+a\n-Ctarget-feature=-b", "--check-cfg=cfg()", "-\n--\n\n="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "\n")
		flags, err := parseFlags(words)
		if err != nil {
			return
		}
		args := append(flags.codegen.args(), flags.rest...)
		for i := 0; i < len(args); i += 2 {
			name := args[i]
			if name == "-C" {
				option, _, _ := strings.Cut(args[i+1], "=")
				name += " " + option
			}
			if !strings.Contains(allowed(), name) || strings.ContainsAny(args[i+1], "\n\x00") {
				t.Fatalf("%q became %q", words, args)
			}
		}
		again, err := parseFlags(args)
		if err != nil || strings.Join(append(again.codegen.args(), again.rest...), "\n") != strings.Join(args, "\n") {
			t.Fatalf("%q became %q and then %+v, %v", words, args, again, err)
		}
	})
}

// Not parallel, as what is allocated beside it would be counted.
func TestFlagsStayInTheBudget(t *testing.T) {
	for _, unit := range []string{"-O\n", "-C\ntarget-feature=+a\n", "--cfg\na\n", "-Ccodegen-units=1\n", "-Wx\n"} {
		text := testbudget.Fill("", unit, "")[:runner.MaxFlags]
		words := strings.Split(text[:strings.LastIndex(text, unit)], "\n")
		testbudget.Check(t, len(text), func() { _, _ = parseFlags(words[:len(words)-1]) })
	}
}
