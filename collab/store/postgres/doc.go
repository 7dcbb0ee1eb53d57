// Package postgres is a [store.Store] in a PostgreSQL database, version 15 or later,
// which any number of nodes may share.
//
// # Ownership
//
// The row of a session names its owner and the term of the ownership. Every write names
// the term it was opened with and changes nothing if the row has another: that is the
// fence. A node that was given to [Open] keeps a lease, a row that it renews every two
// seconds and that the database's clock lets end after six; [store.Store.Open] takes a
// session from another node only when that node has no lease. The lease only decides who
// may try: what keeps two owners apart is the term.
//
// # Durability
//
// A write that has returned nil is as durable as the database's synchronous_commit says.
// With a synchronous standby it is on both. Open is a write, too: when it returns,
// everything that was committed before has reached the standby, so that what a new owner
// reads cannot be taken back by a fail-over.
//
// Writes never carry a deadline to the database, because the cancel request that pgx
// would send ends the wait for a synchronous standby: the row is then visible to others
// and not replicated. A caller that has waited for Config.Wait gets [store.ErrUnknown],
// and the write goes on. The same is returned when the connection breaks, when the
// server cannot be reached, and when the server sends a warning during a write, which is
// how it tells that somebody else has cancelled such a wait.
package postgres
