package rustc

import (
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

const example = "/// Adds.\n/// ```\n/// assert_eq!(my_app::add(1, 1), 2);\n/// ```\npub fn add(a: u8, b: u8) -> u8 { a + b }\n"

func TestPlansOfDocumentationTests(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		main  string
		files []string
		want  []string // the last steps, from the first that has to do with the library's file
	}{
		"a file alone": {"my-app.rs", []string{"my-app.rs", example}, []string{
			"/rustc my-app.rs --crate-name main --edition 2024 -o /work/.main --test",
			"/rustc my-app.rs --crate-name my_app --edition 2024 --crate-type lib --out-dir /work/.lib --cap-lints allow",
			"/work/.main",
			"/rustdoc my-app.rs --crate-name my_app --edition 2024 --test --extern my_app=/work/.lib/libmy_app.rlib",
		}},
		"a name that is a crate's already": {"core.rs", []string{"core.rs", example}, []string{
			"/rustc core.rs --crate-name main --edition 2024 -o /work/.main --test",
			"/rustc core.rs --crate-name lib --edition 2024 --crate-type lib --out-dir /work/.lib --cap-lints allow",
			"/work/.main",
			"/rustdoc core.rs --crate-name lib --edition 2024 --test --extern lib=/work/.lib/liblib.rlib",
		}},
		"a library beside its program, with an integration test": {"src/main.rs", []string{"Cargo.toml", manifest, "src/main.rs", "fn main() {}", "src/lib.rs", "mod m;", "src/m.rs", example, "tests/a.rs", ""}, []string{
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --crate-type lib --out-dir /work/.lib",
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --test -o /work/.lib/tests",
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --test --extern my_app=/work/.lib/libmy_app.rlib",
			"/rustc tests/a.rs --crate-name a --edition 2021 --test -o /work/.test1 --extern my_app=/work/.lib/libmy_app.rlib",
			"/work/.lib/tests",
			"/work/.main",
			"/work/.test1",
			"/rustdoc src/lib.rs --crate-name my_app --edition 2021 --test --extern my_app=/work/.lib/libmy_app.rlib",
		}},
		"front matter": {"x.rs", []string{"x.rs", "---\n[package]\nname = \"my-app\"\nedition = \"2018\"\n---\n" + example}, []string{
			"/rustc x.rs --crate-name my_app --edition 2018 -o /work/.main --test",
			"/rustc x.rs --crate-name my_app --edition 2018 --crate-type lib --out-dir /work/.lib --cap-lints allow",
			"/work/.main",
			"/rustdoc x.rs --crate-name my_app --edition 2018 --test --extern my_app=/work/.lib/libmy_app.rlib",
		}},
		"a program":               {"main.rs", []string{"main.rs", example + "fn main() {}"}, nil},
		"a library without code":  {"lib.rs", []string{"lib.rs", "//! Text.\n/// More, ``x``.\npub fn f() {}"}, nil},
		"a library for C":         {"lib.rs", []string{"lib.rs", "#![crate_type = \"cdylib\"]\n" + example}, nil},
		"doctest = false":         {"src/lib.rs", []string{"Cargo.toml", manifest + "[lib]\ndoctest = false\n", "src/lib.rs", example}, nil},
		"an integration test":     {"tests/a.rs", []string{"tests/a.rs", example}, nil},
		"an example of a program": {"src/main.rs", []string{"Cargo.toml", manifest, "src/main.rs", "fn main() {}\n" + example}, nil},
	} {
		plan := packagePlan(t, runner.ActionTest, tt.main, "", tt.files...)
		var got []string
		for _, s := range plan.Steps {
			got = append(got, command(s))
		}
		documents := slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "/rustdoc") })
		if tt.want == nil && documents || tt.want != nil && !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n%s\nwant:\n%s", name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
		if !documents {
			continue
		}
		last, left := plan.Steps[len(plan.Steps)-1], 0
		if last.Stage != runner.StageRun || last.Stdout.Name != FormatTests || last.Stdout.File == "" || last.Stdin != runner.StdinNone {
			t.Errorf("%s: %+v", name, last)
		}
		for _, s := range plan.Steps {
			if slices.ContainsFunc(s.Leaves, func(f string) bool { return strings.HasSuffix(f, ".rlib") }) {
				left++
			}
		}
		if left != 1 {
			t.Errorf("%s: %d steps leave the library to a cache", name, left)
		}
	}
}

// An example uses crates of the set and the values of the request, and the arguments go to
// its harness.
func TestStepOfDocumentationTests(t *testing.T) {
	t.Parallel()
	req := runner.Request{
		Action: runner.ActionTest, Mode: runner.ModeRelease, Main: "lib.rs", Edition: "2021", Args: []string{"--nocapture", "add"}, Env: []string{"A=b", "PATH=/x"},
		Flags: []string{"--cfg", "x", "-C", "opt-level=1"}, Diagnostics: true,
		Files: []runner.File{{Name: "lib.rs", Data: []byte("/// ```\n/// use serde::Serialize;\n/// ```\npub fn f() {}")}},
	}
	tc := runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", Rustdoc: "/rustdoc", Set: "/set", SetKey: "key"}
	plan, err := Planner{Sets: crateSet}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Steps[len(plan.Steps)-1]
	text := strings.Join(s.Argv, " ")
	for _, want := range []string{"--cfg x", "--no-capture", "--test-args --nocapture --test-args add", "--extern lib=", "--extern serde=/set"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	for _, not := range []string{"json", "opt-level", "strip"} {
		if strings.Contains(text, not) {
			t.Errorf("%q in %s", not, text)
		}
	}
	if !slices.Contains(s.Env, "A=b") || !slices.Contains(s.Env, "PATH=/x") || s.Stderr.Name != "" {
		t.Errorf("%+v", s)
	}
	tc.Rustdoc, tc.Image, tc.Channel = "", true, "stable"
	if plan, err = (Planner{Sets: crateSet}).Plan(req, tc); err != nil || len(plan.Steps) != 2 ||
		!slices.Equal(plan.Warnings, []string{`lib.rs: the examples in the documentation are not tested: the toolchain "stable" has no rustdoc (corust image build --channel stable)`}) {
		t.Errorf("%d steps, warnings %q, %v", len(plan.Steps), plan.Warnings, err)
	}
}

func TestMayHaveExamples(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{
		"":                                    false,
		"// ```\nfn f() {}":                   false,
		"//// ```":                            true, // looks like one
		"/// text\npub fn f() {}":             false,
		"  //! ```rust":                       true,
		"///     let indented = 1;":           true,
		"///\tlet indented = 1;":              true,
		"///      ":                           false,
		"/** text */ fn f() {}":               false,
		"/**\n * ```\n * f();\n * ```\n */":   true,
		"/*! ~~~ */":                          true,
		"/* ``` */":                           false,
		"#![doc = include_str!(\"R.md\")]":    true,
		"#[cfg_attr(all(), doc=\"```\")]":     true,
		"#[doc(hidden)] fn f() {}":            false,
		"m! { /// ```\n}":                     true,
		"let s = \"/**\"; // never ends\n```": true, // looks like one
		"\xff///\xff```\xff":                  true,
	} {
		if got := mayHaveExamples([]byte(src)); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

func TestArgumentsOfDocumentationTests(t *testing.T) {
	t.Parallel()
	const name = "src/lib.rs - add (line 17)"
	for _, tt := range []struct {
		args, want []string
		wants      bool
	}{
		{nil, nil, true},
		{[]string{"add", "--test-threads", "1"}, []string{"add", "--test-threads", "1"}, true},
		{[]string{"--exact"}, nil, true},
		{[]string{"--exact", "tests::adds"}, nil, false},
		{[]string{"--exact", "--skip", name}, []string{"--skip", name}, true},
		{[]string{"--exact", "tests::adds", name, "--nocapture"}, []string{"17)", "--nocapture"}, true},
		{[]string{name}, []string{"17)"}, true},
		{[]string{"two words"}, []string{"two words"}, true},
		{[]string{"--skip"}, []string{"--skip"}, true},
	} {
		if got := docArgs(tt.args); !slices.Equal(got, tt.want) || wantsDocs(tt.args) != tt.wants {
			t.Errorf("%q: %q, %v", tt.args, got, wantsDocs(tt.args))
		}
	}
}
