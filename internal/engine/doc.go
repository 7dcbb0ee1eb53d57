// Package engine is corust's one door to a container engine that speaks
// Docker's API.
//
// # What it promises
//
// Nothing outside engine.go imports Docker's client; what other packages need of
// its types has an alias there. Every error that leaves the package says what
// was tried and matches one of the sentinels below where a caller could decide
// something, however the engine or the client happened to word it.
//
// Every method takes a context and ends with it, also when the engine accepts a
// connection and then says nothing. Only a connection over TLS that hangs
// between its opening and the engine's first answer can outlive its context, by
// as long as TCP lets it.
//
// The engine may go away and come back at any time; an Engine holds no state
// that a restart invalidates but the API version, which is asked again when the
// engine refuses it.
//
// # Goroutines
//
// The methods of an Engine may be called from any goroutine. A Stream may have
// one reader and one writer at a time; its Close may come from anywhere.
package engine
