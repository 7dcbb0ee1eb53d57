package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/images"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/docker"
)

var buildEvents = []images.Event{
	{Stage: images.StageBase, Text: "installing"},
	{Stage: images.StageBase, Bytes: 5 << 20},
	{Stage: images.StageBuild, Step: 1, Steps: 2, Text: "Step 1/2 : FROM x"},
	{Stage: images.StageBuild, Text: " ---> 0123"},
	{Stage: images.StageBuild, Step: 2, Steps: 2, Text: "Step 2/2 : RUN \x1b]0;title\x07 " + strings.Repeat("long ", 40)},
	{Stage: images.StageBuild, Text: "compiling\x1b[2J"},
	{Stage: images.StageCheck, Text: "check"},
	{Stage: images.StageDone, Text: "corust/box:0"},
}

func TestBuildProgressPlain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newBuildProgress(&out, false)
	now := p.start
	p.now = func() time.Time { return now }
	for _, e := range buildEvents {
		now = now.Add(time.Second)
		p.event(e)
	}
	p.end(true)
	want := `corust: image: base: installing
corust: image: step 1 of 2: FROM x
corust: image: step 2 of 2: RUN ]0;title ` + strings.TrimSpace(strings.Repeat("long ", 40)) + `
corust: image: check: check
corust: image: done: corust/box:0
corust: image: built in 8s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestBuildProgressTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newBuildProgress(&out, true)
	now := p.start
	p.now = func() time.Time { return now }
	for _, e := range buildEvents {
		now = now.Add(time.Second)
		p.event(e)
	}
	p.end(true)
	text := out.String()
	if strings.ContainsAny(text, "\x1b\x07") {
		t.Errorf("an escape sequence of the build's reaches the terminal: %q", text)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\r")
	for _, line := range lines {
		if n := len([]rune(line)); n > lineWidth+1 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	for _, want := range []string{"base, 2s, 5MiB", "step 1 of 2, 3s, FROM x", "built in 8s"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
	if strings.Count(text, "\n") != 1 {
		t.Errorf("more than the last line stays: %q", text)
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{"y\n": true, "YES\n": true, " y ": true, "n\n": false, "\n": false, "yep\n": false} {
		a := newApp(stdio{in: strings.NewReader(in), err: new(bytes.Buffer)})
		if got, err := a.ask("sure?"); got != want || err != nil {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	a := newApp(stdio{in: strings.NewReader(""), err: new(bytes.Buffer)})
	if got, err := a.ask("sure?"); got || !errors.Is(err, errNotAsked) {
		t.Errorf("without an answer: %v, %v", got, err)
	}
}

// Every failure of the engine has a hint, also if an error of the runner wraps it.
func TestEveryEngineFailureHasAHint(t *testing.T) {
	t.Parallel()
	seen := map[string]error{}
	for _, err := range []error{
		engine.ErrDown, engine.ErrPermission, engine.ErrAPIVersion, engine.ErrHost, engine.ErrImageMissing,
		engine.ErrDiskFull, engine.ErrRuntime, engine.ErrLimits, engine.ErrBuild,
		docker.ErrImageStale, images.ErrAgent, images.ErrSet, images.ErrBootstrap,
	} {
		hint := hintFor(fmt.Errorf("%w: %w", runner.ErrBackend, err))
		if hint == "" || hint == hintFor(runner.ErrBackend) {
			t.Errorf("%v has no specific hint", err)
		}
		if other := seen[hint]; other != nil {
			t.Errorf("%v and %v have the same hint", err, other)
		}
		seen[hint] = err
	}
}

func TestImageFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"image", "build", "--suite", "sid"},
		{"image", "build", "--base", "x", "--bootstrap"},
		{"image", "build", "--set", "/nonexistent"},
		{"image", "build", "extra"},
		{"image", "prune", "extra"},
		{"image", "list", "extra"},
	} {
		var out, errs bytes.Buffer
		code := execute(t.Context(), args, stdio{in: strings.NewReader(""), out: &out, err: &errs})
		if code == exitOK || errs.Len() == 0 {
			t.Errorf("%q: exit %d, %q", args, code, errs.String())
		}
	}
}
