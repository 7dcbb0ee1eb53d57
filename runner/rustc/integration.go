package rustc

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
)

// maxIntegration is the most integration tests of a run. Each has two steps with a
// time limit each, and the programs of all share the box's disk.
const maxIntegration = 8

// testsDir begins the names of files that may be integration tests.
const testsDir = "tests/"

// IntegrationTest is a crate of tests beside the library and the programs of a package:
// a file in tests/, or a [[test]].
type IntegrationTest struct {
	Target
	// NoHarness is set if the file has a main function instead of tests.
	NoHarness bool
	// Features are those without which cargo leaves the test out.
	Features []string
}

// findTests finds the integration tests of a request, in cargo's order: by name. A warning
// names those over the bound.
func (s *crateSource) findTests() {
	if strings.HasPrefix(s.main, testsDir) {
		return // Main itself is the test that the request asks for
	}
	var skipped []string
	for _, t := range s.integrationTests() {
		switch {
		case len(t.Features) > 0:
			s.warnings = append(s.warnings, fmt.Sprintf("%s: test %.80q is not run: it requires features, and none are on", s.where, t.Name))
		case len(s.tests) == maxIntegration:
			skipped = append(skipped, t.Path)
		default:
			s.tests = append(s.tests, t)
		}
	}
	if len(skipped) > 0 {
		s.warnings = append(s.warnings, fmt.Sprintf("tests: at most %d files of integration tests are run, not: %s", maxIntegration, listed(skipped, 120)))
	}
}

// integrationTests lists tests/NAME.rs, tests/NAME/main.rs and each [[test]].
func (s *crateSource) integrationTests() []IntegrationTest {
	var list []IntegrationTest
	taken := map[string]bool{s.main: true} // paths
	add := func(t IntegrationTest) {
		if !taken[t.Path] && s.has(t.Path) {
			taken[t.Path] = true
			list = append(list, t)
		}
	}
	auto := true
	if s.manifest != nil && s.where == manifestFile {
		auto = !s.manifest.NoAutoTests
		for _, t := range s.manifest.Tests {
			if t.Path = path.Clean(t.Path); t.Path == "." {
				t.Path = testsDir + t.Name + ".rs"
				if !s.has(t.Path) {
					t.Path = testsDir + t.Name + "/main.rs"
				}
			}
			add(t)
		}
	}
	// A main file at the top may have tests/ as the directory of its module "tests".
	if !strings.Contains(s.main, "/") && (s.has("tests.rs") || s.has("tests/mod.rs")) {
		auto = false
	}
	for _, f := range s.files {
		name, ok := cutBoth(f.Name, testsDir, ".rs")
		if dir, isDir := strings.CutSuffix(name, "/main"); isDir {
			name = dir
		}
		if auto && ok && !strings.Contains(name, "/") {
			add(IntegrationTest{Target: Target{Name: name, Path: f.Name}})
		}
	}
	slices.SortStableFunc(list, func(a, b IntegrationTest) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Path, b.Path))
	})
	return list
}

// integration is the suite of an integration test, the nth.
func (c *compiler) integration(n int, t IntegrationTest) suite {
	crate := t.Ident()
	if r := c.src.root(t.Path); r.named {
		crate = r.name
	} else if !isCrateName([]byte(crate)) {
		crate = fmt.Sprintf("test%d", n+1)
	}
	args := []string{"--test"}
	if t.NoHarness {
		args = []string{"--crate-type", "bin", "--cfg", "test"} // as cargo does
	}
	return suite{t.Path, fmt.Sprintf("%s/.test%d", boxenv.WorkDir, n+1), !t.NoHarness, func(more ...string) runner.Step {
		s := c.step(t.Path, crate, "", slices.Concat(args, more, c.externLibrary("rlib"))...)
		s.Env = append(s.Env, "CARGO_TARGET_TMPDIR="+boxenv.TempDir)
		return s
	}}
}
