package server_test

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// script is a runner that understands "print X", "read", "hang", "make X", which
// makes a product, "test X", which passes a test, and "env" and "owner", which print
// those of the run, a line each.
type script struct{}

// Run implements collab.Runner.
func (script) Run(ctx context.Context, req runs.Request, out runs.Events) (runs.Result, error) {
	out.Stage(wire.StageRun, 0)
	typed := make(chan string, 16)
	go func() {
		defer close(typed)
		for sc := bufio.NewScanner(req.Stdin); sc.Scan(); {
			typed <- sc.Text()
		}
	}()
	for line := range strings.SplitSeq(req.Files[0].Text, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "print":
			out.Output("stdout", []byte(rest+"\n"))
		case "read":
			select {
			case in := <-typed:
				out.Output("stdout", []byte("read "+in+"\n"))
			case <-ctx.Done():
			}
		case "make":
			out.Product(wire.Product{Name: rest, MediaType: "text/plain; charset=utf-8"}, []byte("content of "+rest))
		case "test":
			out.Test(wire.Test{Name: rest, Outcome: wire.TestPassed})
		case "env":
			out.Output("stdout", []byte(strings.Join(req.Options.Env, " ")+"\n"))
		case "owner":
			out.Output("stdout", []byte(req.Owner+"\n"))
		case "hang":
			<-ctx.Done()
		}
	}
	verdict := wire.VerdictOK
	if ctx.Err() != nil {
		verdict = wire.VerdictCanceled
	}
	return runs.Result{Verdict: verdict, Detail: &wire.RunDetail{Message: fmt.Sprintf("ran version %d", req.Version)}}, nil
}
