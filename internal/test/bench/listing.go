package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/corust-dev/corust/runner/view"
)

// listings makes listings of 1 MB of assembly, which rustc writes for the programs of the
// conformance suite in debug mode.
func listings(ctx context.Context, b *bench) error {
	const size = 1 << 20
	programs, err := filepath.Glob("runner/conformance/suite/testdata/programs/*.rs")
	if err != nil {
		return err
	}
	out := filepath.Join(b.dir, "listing.s")
	defer os.Remove(out)
	var text []byte
	for _, program := range programs {
		cmd := exec.CommandContext(ctx, b.rustc, "--edition", "2024", "--cap-lints", "allow", "-C", "debuginfo=line-directives-only",
			"-C", "codegen-units=1", "--emit", "asm="+out, program)
		if msg, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", program, err, msg)
		}
		asm, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		if text = append(text, asm...); len(text) >= size {
			break
		}
	}
	if len(text) < size {
		return fmt.Errorf("%d bytes of assembly of %d programs are too little", len(text), len(programs))
	}
	text = text[:size]
	listing := func(f view.Filters) func() error {
		return func() error {
			view.Assembly(text, view.AssemblyOptions{Filters: f, Names: view.Short, Cut: true})
			return nil
		}
	}
	return b.compare(ctx, b.rounds,
		contender{"1 MB of assembly, all demangled", listing(view.Filters{})},
		contender{"the same, filtered", listing(view.AllFilters)})
}
