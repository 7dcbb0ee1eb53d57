package ot_test

import (
	"fmt"
	"log"

	"github.com/corust-dev/corust/collab/ot"
)

// change makes a change of a text of so many units.
func change(length int, edits ...ot.Edit) ot.ChangeSet {
	c, err := ot.New(length, edits...)
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// Two people edit the same text at the same time. Each maps the other's change over the
// local one and applies it, and both have the same text.
func ExampleChangeSet_Map() {
	text, err := ot.NewText("fn main() {}")
	if err != nil {
		log.Fatal(err)
	}
	ada := change(text.Len(), ot.Edit{From: 0, To: 0, Insert: "pub "})
	bo := change(text.Len(), ot.Edit{From: 11, To: 11, Insert: " run() "})

	apply := func(first, second ot.ChangeSet, before bool) string {
		after, err := first.Apply(text)
		if err != nil {
			log.Fatal(err)
		}
		mapped, err := second.Map(first, before)
		if err != nil {
			log.Fatal(err)
		}
		if after, err = mapped.Apply(after); err != nil {
			log.Fatal(err)
		}
		return after.String()
	}
	fmt.Println(apply(ada, bo, false)) // Ada's change is the earlier one for both
	fmt.Println(apply(bo, ada, true))
	// Output:
	// pub fn main() { run() }
	// pub fn main() { run() }
}

// Changes count UTF-16 code units, have CodeMirror's JSON, and can be taken back.
func ExampleChangeSet_Invert() {
	text, err := ot.NewText("a😀b")
	if err != nil {
		log.Fatal(err)
	}
	c := change(text.Len(), ot.Edit{From: 1, To: 3, Insert: "é"})
	data, err := c.MarshalJSON()
	if err != nil {
		log.Fatal(err)
	}
	after, err := c.Apply(text)
	if err != nil {
		log.Fatal(err)
	}
	back, err := c.Invert(text)
	if err != nil {
		log.Fatal(err)
	}
	before, err := back.Apply(after)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text.Len(), string(data), after, before)
	// Output: 4 [1,[2,"é"],1] aéb a😀b
}
