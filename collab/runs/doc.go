// Package runs holds what a session knows of the runs of its files: the [Runner] that
// executes them, the [State] of the current or last one, and the form in which a run
// is kept on record. What members are told of a run are messages of package wire.
package runs
