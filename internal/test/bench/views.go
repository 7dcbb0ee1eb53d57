package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/corust-dev/corust/runner"
)

// views compares views of hello world with the same compiler and flags without a box, and
// three views in one compilation with each alone. The texts of the first must be equal.
func views(ctx context.Context, b *bench) error {
	var bare []byte
	compile := func() (time.Duration, error) {
		to := filepath.Join(b.dir, "bare.s")
		cmd := exec.CommandContext(ctx, b.rustc, "main.rs", "--crate-name", "main", "--edition", "2024", "-C", "debuginfo=line-directives-only",
			"-C", "codegen-units=1", "-O", "--color", "never", "--crate-type", "bin", "-C", "llvm-args=-x86-asm-syntax=intel",
			"--remap-path-prefix", b.dir+"=/work", "--emit", "asm="+to)
		cmd.Dir = b.dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("%w: %s", err, out)
		}
		bare, err = os.ReadFile(to)
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
	}
	if err := os.WriteFile(filepath.Join(b.dir, runner.MainFile), []byte(hello), 0o644); err != nil {
		return err
	}
	return withNative(ctx, runner.Config{Warm: 2}, func(r runner.Executor) error {
		view := func(names ...runner.Action) counted {
			return counted{fmt.Sprintf("runner, warm native box: %v", names), func() (spent time.Duration, err error) {
				products := map[string][]byte{}
				res, err := r.Run(ctx, runner.Request{
					Action: names[0], Views: names[1:], Edition: "2024", Files: []runner.File{{Name: runner.MainFile, Data: []byte(hello)}},
				}, nil, func(e runner.Event) {
					if e.Product != nil {
						products[e.Product.Name] = append(products[e.Product.Name], e.Data...)
					}
				})
				switch {
				case err != nil:
					return 0, err
				case res.Verdict != runner.VerdictOK || len(products) != len(names):
					return 0, fmt.Errorf("verdict %s, %d products of %d", res.Verdict, len(products), len(names))
				case len(names) == 1 && names[0] == runner.ActionAsm && !bytes.Equal(products["asm"], bare):
					return 0, fmt.Errorf("the view is not what bare rustc writes")
				}
				for _, stage := range res.Stages {
					spent += stage.Usage.CPU
				}
				return spent, nil
			}}
		}
		if err := b.compareCounted(ctx, counted{"bare rustc --emit asm, the same flags", compile}, view(runner.ActionAsm)); err != nil {
			return err
		}
		return b.compareCounted(ctx, view(runner.ActionAsm), view(runner.ActionLLVMIR), view(runner.ActionMIR),
			view(runner.ActionAsm, runner.ActionLLVMIR, runner.ActionMIR))
	})
}
