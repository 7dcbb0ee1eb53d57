// Package collab serves sessions: shared files that people edit together and run.
//
// [Hub] finds, loads and unloads sessions. [Session] is the one goroutine that owns
// the state of a session and its log; [Conn] is a connection to it. What they do is
// decided elsewhere, in packages without goroutines:
//
//   - Package files is what a session's log leads to: its files, with paths and texts.
//   - Package authority is the state of a session: messages in, log entries and
//     deliveries out. Its documentation gives the model and the law.
//   - Package files is the files of a session at one version.
//   - Package client is the editor's side.
//   - Package wire is the protocol between the two.
//   - Package store keeps the log, package server speaks HTTP, and package simnet
//     tests the law on a network that delays, repeats and loses messages.
//
// # Goroutines
//
// The methods of Hub and Conn may be called from any goroutine. No lock is held
// during I/O. A session shares two things with other goroutines: its mailbox and the
// outgoing queue of each connection.
package collab
