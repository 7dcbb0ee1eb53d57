// Package simnet is a simulated network for collaborative sessions: one clock,
// events in the order of (time, number), any number of editors and servers, a
// delay for every link, and every fault that a network, a disk and a crash can
// produce. It drives the very [authority.Authority], [client.Client] and client of the
// page that serve people; only the clock, the links and the moment of each commit are
// simulated.
//
// The page's client runs in Node.js: a [Page] is a process of clients that are asked
// over a pipe, one at a time, so that a schedule is as deterministic as with Go clients.
// [Config.Kinds] says which client each editor runs; one script can be played by either,
// or by both together. Undo, the filter that keeps a text short enough, and what waits
// for an input method are the page's, too; its view and its socket are not there.
//
// Nothing in it is random but what a [Script] says: its seed decides the fate
// of each message (how long it takes, whether it is lost or comes twice) by
// hashing the link and the message's number, and its steps say what people and
// disasters do. The same script gives the same run, on every machine.
//
// [World.Quiet] heals everything, waits until nothing moves, and checks the law
// of package collab: all texts are equal to the log's, what was acknowledged is
// in the log exactly once, and, as far as nobody deletes, everything typed is
// in the text exactly once; and everybody has the settings of the store, also
// before they say hello again where no message is lost. [Shrink] makes a failing
// script short, and a Script prints itself as a file, which the tests play if it is in
// testdata/scripts.
//
// Times and delays count ticks, which stand for milliseconds; positions count
// code points. All of a [World] belongs to one goroutine, and it starts none.
package simnet
