package client_test

import (
	"fmt"
	"log"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// An editor types while another member's edit arrives. The client is pure: its caller
// moves the messages, here by hand.
func ExampleClient() {
	receive := func(c *client.Client, m wire.ServerMessage) {
		if _, err := c.Receive(m); err != nil {
			log.Fatal(err)
		}
	}
	insert := func(length, at int, text string) ot.ChangeSet {
		change, err := ot.New(length, ot.Edit{From: at, To: at, Insert: text})
		if err != nil {
			log.Fatal(err)
		}
		return change
	}

	c := client.New(wire.NewKey(), "Ada")
	c.Hello() // to be sent first
	text := "fn main() {}"
	receive(c, &wire.Welcome{Protocol: wire.ProtocolVersion, Client: "ada", Epoch: "e", Files: wire.MainText(text)})

	if err := c.Edit(insert(12, 11, " run() ")); err != nil { // what Ada types
		log.Fatal(err)
	}
	push, ok := c.Next().(*wire.PushMsg)
	fmt.Println(ok, push.Seq, c.Synced())

	receive(c, &wire.EntryMsg{Version: 1, Client: "bo", Seq: 1, Changes: insert(12, 0, "pub ")}) // came before
	receive(c, &wire.AckMsg{Version: 2, Seq: push.Seq})
	fmt.Println(c.Text(), c.Version(), c.Synced())
	// Output:
	// true 1 false
	// pub fn main() { run() } 2 true
}
