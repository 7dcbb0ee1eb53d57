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
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
)

// endless is a runner whose programs run until they are stopped.
type endless struct{}

func (endless) Run(ctx context.Context, _ runs.Request, _ runs.Events) (runs.Result, error) {
	<-ctx.Done()
	return runs.Result{Verdict: "canceled"}, nil
}

// Of two tools that want to run at once, one is refused: it must not take the
// other's run for its own, and type into it.
func TestARunOfSomebodyElse(t *testing.T) {
	t.Parallel()
	log := store.NewMemory()
	hub := collab.NewHub(collab.Config{Store: log, Runner: endless{}})
	s, err := New(Config{Hub: hub, Assets: web.Dist()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, id := t.Context(), editToken("00000000000000000000000000").session()
	if err := hub.Create(ctx, id, ""); err != nil {
		t.Fatal(err)
	}
	var conns []*collab.Conn
	var ids []wire.ClientID
	for range 2 {
		conn, welcome, err := s.visit(ctx, id, authority.Visitor{})
		if err != nil {
			t.Fatal(err)
		}
		conns, ids = append(conns, conn), append(ids, welcome.Client)
	}
	for _, conn := range conns {
		if err := conn.Send(ctx, &wire.RunMsg{}); err != nil {
			t.Fatal(err)
		}
	}
	run, err := awaitRun(ctx, conns[0], ids[0])
	if err != nil || run.By != ids[0] {
		t.Fatalf("the first has %+v, %v", run, err)
	}
	var refused *wire.Error
	if run, err := awaitRun(ctx, conns[1], ids[1]); !errors.As(err, &refused) || refused.Code != wire.CodeBusy {
		t.Errorf("the second has %+v, %v", run, err)
	}

	// Somebody may end the program's input before the tool that started it does; the
	// tool follows it all the same.
	input := &wire.StdinMsg{Run: run.Run, EOF: true}
	err = errors.Join(conns[1].Send(ctx, input), conns[0].Send(ctx, input), conns[1].Send(ctx, &wire.StopMsg{Run: run.Run}))
	if err != nil {
		t.Fatal(err)
	}
	stream := httptest.NewRecorder()
	newLines(ctx, stream).follow(ctx, conns[0], run.Run)
	if !strings.Contains(stream.Body.String(), `"type":"end"`) {
		t.Errorf("the stream is cut short:\n%s", stream.Body)
	}
	hub.Close()
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}
