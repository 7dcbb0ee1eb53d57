package authority_test

import (
	"fmt"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// TestNamesOfAuthorsAreBounded: as many authors as may be have a name, each the last one;
// snapshots keep them, and those that are forgotten make room.
func TestNamesOfAuthorsAreBounded(t *testing.T) {
	t.Parallel()
	lim := wire.Limits{Clients: wire.MaxNames + 10}
	d := authority.NewDocument("e", files.Main(ot.Text{}), lim)
	push := func(i int) {
		t.Helper()
		client := wire.ClientID(fmt.Sprint("p.", i))
		change, err := ot.New(d.Files().Units(), ot.Edit{Insert: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Receive(authority.Push{Client: client, Seq: d.Acked(client) + 1, Version: d.Version(), Changes: change}); err != nil {
			t.Fatal(err)
		}
		d.Name(client, fmt.Sprint("name ", i))
	}
	d.Name("p.0", "has no entry")
	if names := d.Names(); len(names) > 0 {
		t.Errorf("names of no entry: %q", names)
	}
	for i := range wire.MaxNames + 5 {
		push(i)
	}
	push(3)
	names := d.Names()
	if len(names) != wire.MaxNames || names["p.3"] != "name 3" || names["p.1004"] != "" {
		t.Errorf("%d names, %q and %q", len(names), names["p.3"], names["p.1004"])
	}
	d.Name("p.3", "")
	d.Name("p.1004", "late")
	if names := d.Names(); len(names) != wire.MaxNames || names["p.3"] != "" || names["p.1004"] != "late" {
		t.Errorf("after one has no name: %d names, %q and %q", len(names), names["p.3"], names["p.1004"])
	}
	again, err := authority.Restore(d.Snapshot(), nil, lim)
	if err != nil || len(again.Names()) != wire.MaxNames {
		t.Fatalf("restored: %d names, %v", len(again.Names()), err)
	}
	d = again
	for i := range 20 { // of which the first forgotten have names
		push(2000 + i)
	}
	if names := d.Names(); len(names) > wire.MaxNames || names["p.2019"] == "" || names["p.0"] != "" {
		t.Errorf("after authors were forgotten: %d names, %q and %q", len(names), names["p.2019"], names["p.0"])
	}
}
