package main

import (
	"bytes"
	"testing"

	"github.com/corust-dev/corust/runner/judge"
)

// The name of a case comes from a stranger's archive: a message about it does not control
// the terminal.
func TestMessagesAboutCasesAreSafe(t *testing.T) {
	t.Parallel()
	c := judge.Case{Name: "a\x1b]0;title\x07b", Settings: []byte("time = 1")}
	var err bytes.Buffer
	a := &app{stdio: stdio{err: &err}}
	a.say("%v", caseSettings(&c))
	if got, want := err.String(), "corust: ab.toml: unknown key \"time\" (want args or limits)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
