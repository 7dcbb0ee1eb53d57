package images

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/corust-dev/corust/internal/engine"
)

// A whole image, on whatever base this engine has already: built, described,
// found unchanged, pruned.
func TestBuildListPrune(t *testing.T) {
	e, err := engine.Open(t.Context(), "")
	if errors.Is(err, engine.ErrDown) || errors.Is(err, engine.ErrPermission) {
		t.Skipf("needs a Docker engine (.ci/engine up): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := &Builder{Engine: e}
	from := anyBase(t, e)
	o := BuildOptions{Channel: "test", Base: from, Agent: anyAgent(t), AgentVersion: 7}

	img, built, err := b.Build(t.Context(), o, func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, tag := range img.Tags {
			e.RemoveImage(context.Background(), tag)
		}
	})
	if !built || img.Channel != "test" || img.Agent != "7" || img.Rustc == "" || img.Base != from || img.Size == 0 || img.Created.IsZero() {
		t.Errorf("built %v: %+v", built, img)
	}
	if !slices.Contains(img.Tags, engine.Repository+":test") || !slices.Contains(img.Tags, img.Ref) {
		t.Errorf("its names are %q", img.Tags)
	}
	again, built, err := b.Build(t.Context(), o, func(e Event) { t.Errorf("an unchanged image is worked on: %+v", e) })
	if err != nil || built || again.ID != img.ID {
		t.Errorf("once more: built %v, %s for %s, %v", built, again.ID, img.ID, err)
	}

	if _, err := b.SetText(t.Context(), "0123456789abcdef0123456789abcdef"); !errors.Is(err, ErrNoSet) {
		t.Errorf("a set that no image has: %v", err)
	}

	list, err := b.List(t.Context())
	if err != nil || !slices.ContainsFunc(list, func(i Image) bool { return i.ID == img.ID }) {
		t.Errorf("the list lacks it: %v, %v", list, err)
	}
	var keep []string
	for _, i := range list {
		if i.ID != img.ID {
			keep = append(keep, i.ID)
		}
	}
	// Other tests make images at the same time.
	other := func(i Image) bool { return i.ID != img.ID }
	used, err := b.Unused(t.Context(), append(keep, engine.Repository+":test"))
	used.Images = slices.DeleteFunc(used.Images, other)
	if err != nil || len(used.Images) != 0 || slices.Contains(used.Bases, from) {
		t.Errorf("unused though named: %+v, %v", used, err)
	}
	unused, err := b.Unused(t.Context(), keep)
	unused.Images = slices.DeleteFunc(unused.Images, other)
	if err != nil || len(unused.Images) != 1 {
		t.Errorf("unused: %+v, %v", unused, err)
	}
	unused.Bases = nil // other images may need them
	if err := b.Remove(t.Context(), unused); err != nil {
		t.Error(err)
	}
	if _, err := e.Image(t.Context(), img.Ref); !errors.Is(err, engine.ErrImageMissing) {
		t.Errorf("after the removal: %v", err)
	}
}

// A set that another compiler has built does not get into an image.
func TestSetOfAnotherCompiler(t *testing.T) {
	e, err := engine.Open(t.Context(), "")
	if err != nil {
		t.Skipf("needs a Docker engine (.ci/engine up): %v", err)
	}
	defer e.Close()
	dir := t.TempDir()
	write(t, dir, map[string]string{"externs.json": "{}"})
	o := BuildOptions{Channel: "test-set", Base: anyBase(t, e), Agent: anyAgent(t), Set: dir, SetKey: "k", SetRustc: "rustc 1.0.0"}
	if img, _, err := (&Builder{Engine: e}).Build(t.Context(), o, func(Event) {}); !errors.Is(err, ErrSet) {
		t.Errorf("built %+v, %v", img, err)
	}
	if _, err := e.Image(t.Context(), engine.Repository+":test-set"); !errors.Is(err, engine.ErrImageMissing) {
		t.Errorf("it has a name: %v", err)
	}
}

// anyBase is a base that the engine has: one made here, or the default one.
func anyBase(t *testing.T, e *engine.Engine) string {
	t.Helper()
	bases, err := e.Images(t.Context(), engine.LabelBase)
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range bases {
		for _, tag := range img.Tags {
			if len(tag) > len(engine.BaseRepository) && tag[:len(engine.BaseRepository)] == engine.BaseRepository {
				return tag
			}
		}
	}
	if _, err := e.Image(t.Context(), DefaultBase); err != nil {
		t.Skip("needs a base: corust image build --bootstrap makes one, docker pull " + DefaultBase + " gets one")
	}
	return DefaultBase
}

// anyAgent is a static program; the image is not run as a box.
func anyAgent(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "corust")
	src := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(src, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", file, src)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}
