package server

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

// endless is a runner whose programs run until they are stopped.
type endless struct{}

func (endless) Run(ctx context.Context, _ runs.Request, _ runs.Events) (runs.Result, error) {
	<-ctx.Done()
	return runs.Result{Verdict: "canceled"}, nil
}

// If two tools start a run at once, the server refuses one. Otherwise that tool would
// take the other's run for its run, and send input to it.
func TestASecondRunAtOnceIsRefused(t *testing.T) {
	t.Parallel()
	log := memory.New()
	hub := collab.NewHub(collab.Config{Store: log, Runner: endless{}})
	ctx, id := t.Context(), editToken("00000000000000000000000000").session()
	if err := hub.Create(ctx, id, ""); err != nil {
		t.Fatal(err)
	}
	one, other := authority.Caller{ID: wire.NewToolID(), Name: "one"}, authority.Caller{ID: wire.NewToolID(), Name: "other"}
	view, err := hub.StartRun(ctx, id, one, wire.RunOptions{}, []byte("in"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := view.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	run, ok := f.Message.(*wire.RunStarted)
	if !ok || run.By != one.ID || run.Name != "one" {
		t.Fatalf("the first has %s", f.Bytes())
	}
	if _, err := hub.StartRun(ctx, id, other, wire.RunOptions{}, nil); !errors.Is(err, wire.ErrRunning) {
		t.Errorf("the second has the error %v", err)
	}
	// A member may stop the run; the tool follows it to the end.
	member, err := hub.Join(ctx, id, authority.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		member.Send(ctx, &wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.NewKey()}),
		member.Send(ctx, &wire.StdinMsg{Run: run.Run, Data: []byte("late")}), // the input has ended
		member.Send(ctx, &wire.StopMsg{Run: run.Run}))
	if err != nil {
		t.Fatal(err)
	}
	stream := httptest.NewRecorder()
	newLines(ctx, stream).follow(view)
	if got := stream.Body.String(); !strings.Contains(got, `"type":"end"`) || strings.Count(got, `"type":"input"`) != 1 {
		t.Errorf("the stream is\n%s", got)
	}
	view.Close()
	hub.Close()
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}
