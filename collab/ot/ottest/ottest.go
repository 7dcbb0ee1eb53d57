// Package ottest makes changes for tests.
package ottest

import (
	"testing"

	"github.com/corust-dev/corust/collab/ot"
)

// Edit returns the change of a text of length units that replaces from..to by insert.
func Edit(t testing.TB, length, from, to int, insert string) ot.ChangeSet {
	t.Helper()
	return change(t, length, ot.Edit{From: from, To: to, Insert: insert})
}

// ManyPlaces returns the change of a text of length units that replaces every other unit
// by insert.
func ManyPlaces(t testing.TB, length int, insert string) ot.ChangeSet {
	t.Helper()
	var edits []ot.Edit
	for at := 0; at < length; at += 2 {
		edits = append(edits, ot.Edit{From: at, To: at + 1, Insert: insert})
	}
	return change(t, length, edits...)
}

func change(t testing.TB, length int, edits ...ot.Edit) ot.ChangeSet {
	t.Helper()
	c, err := ot.New(length, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
