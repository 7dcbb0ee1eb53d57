package runner_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/corust-dev/corust/runner"
)

// logged is an Executor that logs how each request of another one ended.
type logged struct {
	runner.Executor
	log *slog.Logger
}

func (l logged) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	log := l.log.With("request", req.Hash().String()[:8], "owner", req.Owner)
	res, err := l.Executor.Run(ctx, req, stdin, emit)
	if err != nil {
		log.Error("failed", "err", err)
		return res, err
	}
	log.Info("ended", "verdict", res.Verdict, "stage", res.Stage, "exit", res.ExitCode)
	return res, nil
}

// answers is an Executor whose every program prints its own source.
type answers struct{ runner.Executor }

func (answers) Run(_ context.Context, req runner.Request, _ io.Reader, emit func(runner.Event)) (runner.Result, error) {
	if len(req.Files) == 0 {
		return runner.Result{}, &runner.InvalidError{Field: "files", Reason: `file "main.rs" is missing`}
	}
	emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: req.Files[0].Data})
	return runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun}, nil
}

// A decorator is an Executor around an Executor. This one logs; a cache or a remote
// worker has the same form.
func ExampleExecutor() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	var x runner.Executor = logged{answers{}, log} // in a program, a *runner.Runner

	req := runner.Request{Owner: "ada", Files: []runner.File{{Name: runner.MainFile, Data: []byte("fn main() {}\n")}}}
	_, _ = x.Run(context.Background(), req, nil, func(e runner.Event) { fmt.Printf("%s: %s", e.Kind, e.Data) })
	_, _ = x.Run(context.Background(), runner.Request{}, nil, nil)
	// Output:
	// stdout: fn main() {}
	// level=INFO msg=ended request=7b123581 owner=ada verdict=ok stage=run exit=0
	// level=ERROR msg=failed request=62d1d5fe owner="" err="invalid files: file \"main.rs\" is missing"
}

// The table of limits has what a door needs to read a limit and to explain it.
func ExampleLimitNamed() {
	row, _ := runner.LimitNamed("memory")
	n, err := row.Parse("1GiB")
	fmt.Println(row.Unit.Format(n), err)
	_, err = row.Parse("1k")
	fmt.Println(err)

	res := runner.Result{Verdict: runner.VerdictMemory, Stage: runner.StageRun}
	for _, hit := range runner.Hits(res, runner.DefaultLimits) {
		row, _ := runner.LimitNamed(hit.Limit)
		fmt.Printf("the program "+row.Hit+"\n", row.Unit.Format(hit.Amount))
	}
	// Output:
	// 1GiB <nil>
	// invalid limits.memory: 1KiB is not between 16MiB and 1TiB
	// the program was stopped at the memory limit of 512MiB
}
