// Package entry is imported for what its initialisation does: in a process that
// was started as a part of a native box, it calls inside.Entry, which does not
// return. Every command, and every test, that makes native boxes imports it.
//
// It does so at initialisation and not in main because of what comes in between:
// the engine's client, the database, the metrics and their like take longer to
// initialise than a box takes to make, and would be paid for twice in each.
// Package inside says what decides the order.
package entry

import "github.com/corust-dev/corust/runner/native/inside"

func init() { inside.Entry() }
