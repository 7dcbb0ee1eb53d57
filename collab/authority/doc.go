// Package authority is the state of a session, without goroutines, clocks or I/O.
//
// # Model
//
// A session is a text, the log of changes that led to it, its members, settings
// that they share, and at most one run. The log is the truth: entry n leads from
// version n-1 to version n. An editor pushes an [ot.ChangeSet] for a version that it
// names. The session maps the change over the entries after that version, one at a
// time, appends it to the log, and acknowledges it once it is durable. An epoch names
// one history: restoring a session from a back-up changes its epoch, and versions of
// the old epoch mean nothing in the new one.
//
// [Document] is the text with the last part of its log. [Authority] adds the members
// with their cursors, the settings and the run. Both belong to one goroutine.
//
// # The law
//
// Messages may be delayed, repeated and lost, and either side may restart. Once
// everything has been delivered, all members have the same text, every acknowledged
// edit is in it exactly once, and no edit is missing. Three rules ensure it:
//
//  1. Both sides transform over one entry at a time. Composing entries first gives a
//     different result, without an error. An example in five steps: the text is "x";
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
