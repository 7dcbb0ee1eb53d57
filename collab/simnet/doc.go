// Package simnet is a simulated network for collaborative sessions: one clock,
// events in the order of (time, number), any number of editors and servers, a
// delay for every link, and every fault that a network, a disk and a crash can
// produce. It drives the very [authority.Authority] and [client.Client] that serve
// people; only the clock, the links and the moment of each commit are its own.
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
// script short, and a Script prints itself in a form that can be pasted as a test.
//
// Times and delays count ticks, which stand for milliseconds; positions count
// code points. All of a [World] belongs to one goroutine, and it starts none.
package simnet
