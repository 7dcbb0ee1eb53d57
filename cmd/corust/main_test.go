package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/images"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner/native"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"corust": main})
}

// TestScripts runs the command lines of users. It skips scripts that run programs, and
// prints the reason, where no box can be made.
func TestScripts(t *testing.T) {
	t.Parallel()
	noBoxes, noLimits := boxesMissing(), limitsMissing()
	base, noImage := imageBase(t.Context())
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	feed := httptest.NewServer(onceInFull())
	t.Cleanup(feed.Close)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// The machine's toolchain, but a separate configuration and home.
			if home, err := os.UserHomeDir(); err == nil && os.Getenv("RUSTUP_HOME") == "" {
				env.Setenv("RUSTUP_HOME", home+"/.rustup")
			}
			env.Setenv("NOBOXES", "no native box can be made here: "+noBoxes)
			env.Setenv("NOLIMITS", "native boxes here lack limits: "+noLimits)
			env.Setenv("FEED", feed.URL+"/"+rand.Text())
			env.Setenv("EXAMPLES", examples)
			env.Setenv("NOIMAGE", "no Docker image can be made here: "+noImage)
			env.Setenv("DOCKER_HOST", os.Getenv("DOCKER_HOST"))
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			env.Setenv("CORUST_CACHE_DIRECTORY", env.WorkDir+"/artifacts")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"setimage": func(ts *testscript.TestScript, neg bool, args []string) { setImage(ts, neg, args, base) },
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "boxes":
				return noBoxes == "", nil
			case "limits":
				return noLimits == "", nil
			case "image":
				return noImage == "", nil
			}
			return false, errors.New("unknown condition " + cond)
		},
	})
}

// boxesMissing returns the reason why no native box can be made, "" if one can.
func boxesMissing() string {
	b, err := native.New(native.Config{})
	if err != nil {
		return err.Error()
	}
	b.Close()
	for _, c := range native.Diagnose(native.Config{}) {
		if c.State == native.StateFail {
			return c.Name + ": " + c.Found
		}
	}
	return ""
}

// limitsMissing returns the limits that native boxes do not enforce, as in the warning of
// corust run; "" if they enforce all.
func limitsMissing() string {
	b, err := native.New(native.Config{})
	if err != nil {
		return err.Error()
	}
	defer b.Close()
	return strings.Join(b.Unenforced(), "; ")
}

// imageBase returns the base of this machine's image of Docker boxes, if that has the
// compiler that builds sets here, or the reason why none is usable.
func imageBase(ctx context.Context) (base, missing string) {
	e, err := engine.Open(ctx, "")
	if err != nil {
		return "", err.Error()
	}
	defer e.Close()
	list, err := (&images.Builder{Engine: e}).List(ctx)
	if err != nil {
		return "", err.Error()
	}
	toolchain, err := crates.FindToolchain(ctx, "rustc")
	if err != nil {
		return "", err.Error()
	}
	for _, img := range list {
		if _, err := e.Image(ctx, img.Base); err == nil && img.Rustc == toolchain.Release {
			return img.Base, ""
		}
	}
	return "", "no image with rustc " + toolchain.Release + " is here (corust image build --bootstrap=host makes one)"
}

// onceInFull serves a feed to each path, and only once without a condition.
func onceInFull() http.Handler {
	var asked sync.Map
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("If-None-Match") == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if _, again := asked.LoadOrStore(r.URL.Path, true); again {
			http.Error(w, "asked in full again", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>plain</title></entry></feed>`)
	})
}

// setImage builds an image with a set for a separate channel, sets $CHANNEL to the
// channel, and removes the image after the script.
func setImage(ts *testscript.TestScript, neg bool, args []string, base string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: setimage SET")
	}
	channel := "test-" + strings.ToLower(rand.Text())
	ts.Setenv("CHANNEL", channel)
	ts.Defer(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		e, err := engine.Open(ctx, "")
		ts.Check(err)
		defer e.Close()
		list, err := (&images.Builder{Engine: e}).List(ctx)
		ts.Check(err)
		for _, img := range list {
			if img.Channel == channel {
				ts.Check((&images.Builder{Engine: e}).Remove(ctx, images.Unused{Images: []images.Image{img}}))
			}
		}
	})
	// This test is linked to the system's libraries, and an agent must not be.
	agent := ts.MkAbs("agent")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", agent, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		ts.Fatalf("build an agent: %v\n%s", err, out)
	}
	ts.Check(ts.Exec("corust", "image", "build", "--agent", agent, "--channel", channel, "--base", base, "--set", ts.MkAbs(args[0])))
}

// exits runs a command and holds its exit code to the first argument.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
