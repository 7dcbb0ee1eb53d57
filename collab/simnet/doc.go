// Package simnet is a simulated network for collaborative sessions: one clock,
// events in the order of (time, number), any number of editors and servers, a
// delay for every link, and every fault that a network, a disk and a crash can
// produce. It drives the same [authority.Authority], [client.Client] and page client as
// production; only the clock, the links and the moment of each commit are simulated.
//
// The page's client runs in Node.js: a [Page] is a process that holds clients and answers
// requests over a pipe, one at a time, so that a schedule is as deterministic as with Go
// clients. [Config.Kinds] names the client of each editor; either client, or both
// together, can play a script. Undo, the filter for texts that are too long, and the queue
// for an input method are the page's code, too; its view and its socket are left out.
//
// A run depends on its [Script] alone. The script's seed decides the fate of each
// message (how long it takes, whether it is lost or delivered twice) by hashing the link
// and the message's number; its steps are the users' actions and the faults. The same
// script gives the same run on every machine.
//
// [World.Quiet] ends all faults, waits until no message is under way, and checks the law
// of package collab: all texts equal the log's, each acknowledged push is in the log
// exactly once, and, if no editor deletes, each typed token is in the text exactly once.
// Each editor has the settings of the store, without another hello if no message is
// lost. [Shrink] makes a failing script short, and a Script prints itself as a file,
// which the tests play if it is in testdata/scripts.
//
// Times and delays count ticks, which stand for milliseconds; positions count
// code points. All of a [World] belongs to one goroutine, and it starts none.
package simnet
