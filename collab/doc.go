// Package collab lets people write one text together and run it.
//
// # Model
//
// A session is a text, the log of changes that led to it, the people who are
// in it, settings that they share, and at most one run. The log is the truth:
// entry n leads from version n-1 to version n. An [ot.ChangeSet] that an editor
// pushes was made for a version that it names; the session maps it over the
// entries behind that version, one at a time, appends it, and acknowledges it
// once it is durable. An epoch names a history: when a session is restored from
// a back-up, its epoch changes, and with it all versions lose their meaning.
//
// The parts, from the inside:
//
//   - [Document] is the text with the last part of its log; pure.
//   - [Client] is the editor's side; pure. The TypeScript client follows it.
//   - [Authority] adds who is here, where their cursors are, settings and the
//     run; pure. Messages go in, entries to commit and deliveries come out.
//   - [Session] is the one goroutine that owns an Authority and its log. [Hub]
//     finds, loads and unloads sessions, and joins people to them; [Conn] is
//     somebody's connection to one.
//   - Package wire is the protocol between the two sides, package store keeps the
//     log, and package simnet proves them on a network that does its worst.
//
// # Units and words
//
// Lengths and positions count UTF-16 code units, a line break is one, "\n".
// Offsets of run output count bytes. Versions count entries. A client id names
// one editor instance, not a person: two tabs are two.
//
// # The law
//
// Whatever messages are delayed, repeated or lost, and whoever restarts: when
// all is quiet, everybody has the same text, every acknowledged edit is in it
// exactly once, and no edit that was typed is missing. It rests on three rules:
//
//  1. Both sides transform over one entry at a time. Composing entries first
//     gives another result, and no error. Five steps that show it: the text is
//     "x"; C inserts "C" at 0 and pushes at version 0; P deletes "x", and C
//     receives it; P inserts "B", and C receives it; the session handles C's
//     push. Composed, the session has "CB" and C has "BC".
//  2. At one place, what is in the log comes before what is not: the session
//     maps a push with before = false, the client maps an entry over its own
//     pending changes with before = true.
//  3. What was sent never gains edits under the same seq, and (client, seq) is
//     in the log at most once.
//
// A session remembers who has pushed what for the last [wire.Limits].Clients clients. If
// an acknowledgement is lost, and so many others push before that editor comes back,
// it sends again what is in the text already: the one case in which a text is there
// twice.
//
// # Goroutines
//
// Document, Client and Authority are values of one goroutine each. Hub and Conn
// may be used from any. No lock is held during I/O. What a session shares with
// others is its mailbox and, of each connection, the queue of what is to be sent.
package collab
