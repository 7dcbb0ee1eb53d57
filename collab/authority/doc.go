// Package authority is the state of a session, without goroutines, clocks or I/O.
//
// # Model
//
// A session is a set of files, the log of entries that led to them, its members,
// settings that they share, and at most one run. The log is the truth: entry n leads
// from version n-1 to version n. An editor pushes an [ot.ChangeSet] of the text of a
// file, or a [wire.FileOp] that creates, renames or deletes a file, for a version that
// it names. The session maps the push over the entries about the same file after that
// version, one at a time, appends it to the log, and acknowledges it once it is durable.
// It refuses a push that an operation in the log has overtaken, as package wire
// describes. An epoch names one history: restoring a session from a back-up changes its
// epoch, and versions of the old epoch mean nothing in the new one.
//
// [Document] is the files with the last part of their log. [Authority] adds the members
// with their cursors, the settings and the run. Both belong to one goroutine.
//
// # The law
//
// Messages may be delayed, repeated and lost, and either side may restart. Once
// everything has been delivered, all members have the same files, every acknowledged
// edit is in them exactly once, and no edit is missing except those that the session
// refused, which their editor returns to its user. Three rules ensure it:
//
//  1. Both sides transform over one entry at a time. Composing entries first gives a
//     different result, without an error. An example in five steps: a text is "x";
//     C inserts "C" at 0 and pushes at version 0; P deletes "x", and C receives it; P
//     inserts "B", and C receives it; the session handles C's push. Composed, the
//     session has "CB" and C has "BC".
//  2. At the same position, text in the log comes before text that is not: the session
//     maps a push with before = false, and the client maps an entry over its pending
//     changes with before = true.
//  3. A push that was sent never gains edits under the same seq, and (client, seq) is
//     in the log at most once.
//
// A session remembers the last push of [wire.Limits].Clients clients. If an
// acknowledgement is lost, and that many other clients push before its editor
// reconnects, the editor sends the push again, and the session applies it twice. This
// is the one exception.
package authority
