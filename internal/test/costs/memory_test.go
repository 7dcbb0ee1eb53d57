package costs

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

// inUse is the memory of objects and stacks after a collection. Two collections empty pools,
// and more shrink stacks.
func inUse() int64 {
	for range 4 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// A session that is loaded takes at most 10 KB beyond its text, also one that was edited and
// whose member has left.
func TestIdleSessionTakesLittleMemory(t *testing.T) {
	if race {
		t.Skip("skipped: the race detector takes memory; make costs-check runs this test without it")
	}
	const sessions, most = 1000, 10 << 10
	h := collab.NewHub(collab.Config{Store: memory.New(), Idle: time.Hour, Report: func(_ wire.SessionID, err error) { t.Error(err) }})
	t.Cleanup(h.Close)
	ctx := context.Background()
	for i := range sessions {
		if err := h.Create(ctx, wire.SessionID(fmt.Sprint(i)), "fn main() {}\n"); err != nil {
			t.Fatal(err)
		}
	}
	before := inUse()
	for i := range sessions {
		c := must(h.Join(ctx, wire.SessionID(fmt.Sprint(i)), authority.Visitor{}))(t)
		if err := c.Send(ctx, &wire.Hello{Protocol: wire.ProtocolVersion, Key: "writer"}); err != nil {
			t.Fatal(err)
		}
		welcome := must(wire.DecodeServer(must(c.Recv(ctx))(t)))(t).(*wire.Welcome)
		change := must(wire.DecodeClient([]byte(`{"type":"push","epoch":"`+string(welcome.Epoch)+`","version":0,"seq":1,"changes":[13,[0,"x"]]}`), wire.Limits{}))(t)
		if err := c.Send(ctx, change); err != nil {
			t.Fatal(err)
		}
		must(c.Recv(ctx))(t)
		c.Close()
	}
	took := (inUse() - before) / sessions
	t.Logf("a session takes %d bytes", took)
	if took > most {
		t.Errorf("an idle session takes %d bytes, want at most %d", took, most)
	}
}
