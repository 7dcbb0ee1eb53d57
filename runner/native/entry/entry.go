// Package entry is imported for its initialization: in a process that
// was started as a part of a native box, it calls inside.Entry, which does not
// return. Every command, and every test, that makes native boxes imports it.
//
// It does so at initialization and not in main because the packages of the engine's
// client, the database, the metrics and others take longer to initialize than a box
// takes to make, and each box would pay for that twice. Package inside explains the
// order.
package entry

import "github.com/corust-dev/corust/runner/native/inside"

func init() { inside.Entry() }
