package runner

import "time"

// Test is the result of one test, read from what the test harness prints.
//
// The tested code runs in the same process and can write the same lines, so it can forge
// results, hide them and put words into the output of another test. The verdict and the
// exit code do not depend on them, and no decision may. Every Test, forged or not, has
// valid UTF-8 strings and is within the bounds below.
type Test struct {
	// Name is the test's path in its crate, such as "tests::adds". A test in documentation
	// is named by its file, item and line: "src/lib.rs - add (line 3)".
	Name string `json:"name"`
	// Suite is the file of the request with the root module of the tests that were
	// compiled and run together.
	Suite   string      `json:"suite,omitempty"`
	Outcome TestOutcome `json:"outcome"`
	// Time is how long the test took, or 0 if the harness does not print it.
	Time time.Duration `json:"time_ns,omitempty"`
	// Message tells why a test is ignored or failed, if the harness has a reason.
	Message string `json:"message,omitempty"`
	// Output is what the harness captured of a failed test.
	Output string `json:"output,omitempty"`
	// Place is the place of the failure, if Output names one.
	Place *Place `json:"place,omitempty"`
}

// TestOutcome tells how a test ended.
type TestOutcome string

// The outcomes.
const (
	TestOK      TestOutcome = "ok"
	TestFailed  TestOutcome = "failed"
	TestIgnored TestOutcome = "ignored"
	// TestListed means that the harness was asked to list the tests, and ran none.
	TestListed TestOutcome = "listed"
)

// Place is a place in a source, as panics print it: Line and Column count from 1, Column
// in characters. Column is 0 if it is not known. File need not be one of the request.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"`
}

// Bounds of tests. Strings beyond them are cut, and further tests are omitted.
const (
	// MaxTests is how many a step reports, and MaxTestBytes how many bytes their strings
	// have together.
	MaxTests     = 4096
	MaxTestBytes = 1 << 20
	// MaxTestText is how long one string may be, in bytes.
	MaxTestText = 16 << 10
)
