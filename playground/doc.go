// Package playground serves the HTTP and WebSocket API of the Rust Playground
// (play.rust-lang.org), so that books, bots, editors and sites that were written for it
// can use corust instead, unchanged.
//
// A [Handler] answers the endpoints of the original with the same fields, status codes,
// error texts and exit details. It translates each request to a runner.Request, runs it
// with a runner.Executor, and writes the lines around the compiler's and the program's
// output that cargo writes, since clients parse them: corust itself does not run cargo.
// The program is the package "playground", version 0.0.1, with its source in src/main.rs
// or src/lib.rs.
//
// # Statelessness
//
// No request makes a session. The only state is the store of shared code ([Store]) behind
// /meta/gist; requests for crates and versions are answered from memory.
//
// A request over HTTP allows the executor to answer with the result of the same request
// before it, unless its Cache-Control forbids that. A run on a WebSocket, which may be sent
// input, is always executed.
//
// # Time
//
// Over HTTP, a request has [Config].Budget for waiting, compiling and running together.
// When it ends, the answer is the original's "The operation timed out". A run on a
// WebSocket has the executor's limits instead.
//
// # Fairness
//
// All requests have one owner, [Owner], for the executor. So they share one turn in its
// queue and one share of its boxes, and however many readers a book has, they leave the
// rest to sessions. Within that share, each client may have a number of requests at once,
// and start a number of runs a minute; above, the answer is 429.
//
// # Goroutines
//
// All methods of Handler may be called from any goroutine. Close ends the sockets and
// waits for them.
package playground
