// Package engine talks to a container engine with Docker's API. No other package of
// corust does.
//
// # What it promises
//
// Only engine.go imports the engine's client; it has aliases of the types that other
// packages need. Every error of the package names what was tried. It matches one of
// the sentinels below where a caller can decide something, whatever the words of the
// engine and the client.
//
// Every method takes a context and ends with it, also when the engine accepts a
// connection and then does not answer. Only a connection over TLS that hangs
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
