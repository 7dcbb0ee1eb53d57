// Package entry is imported for what its initialisation does: in a process that
// was started as a part of a native box, it calls native.Entry, which does not
// return.
//
// A command that makes native boxes and is large should import it. Packages are
// initialised in the order of their paths as far as they do not depend on each
// other (Go specification, "Program initialization"), so this one comes before
// the engine's client, the database and the metrics, whose initialisation takes
// longer than making a box, and would be paid for twice in each.
package entry

import "github.com/corust-dev/corust/runner/native"

func init() { native.Entry() }
