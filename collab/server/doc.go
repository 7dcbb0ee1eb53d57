// Package server puts sessions on the network: the page, a WebSocket for each
// editor, and a REST interface for tools. It is transport only: what a message
// means is decided in package collab, what a run does by its runner.
//
// # Addresses
//
// Below an optional prefix:
//
//	GET  /                                  creates a session, redirects to its page
//	POST /                                  the same, by the button of other pages
//	GET  /s/{token}                         the page, to edit
//	GET  /v/{id}                            the page, to watch
//	GET  /s/{token}/socket, /v/{id}/socket  the WebSocket, see package collab for its messages
//	     /api/v1/…                          REST, see openapi.yaml
//	GET  /assets/{file}, /icon.svg          what the page loads
//	GET  /robots.txt                        asks crawlers to stay away
//	GET  /healthz, /readyz                  alive; willing to take sessions
//
// A token is 128 random bits. The id of a session, which is what the store
// knows and the read-only link carries, is a hash of the token; so the page
// that lets people watch does not say how to edit, nor does a back-up. There
// are no accounts and no cookies: who has a link has what it gives.
//
// Only a person who opens / creates a session: a browser's prefetch is refused, and
// images, frames, previews of links and crawlers are answered with a page that has a
// button. A link to a session with capitals, white space, or punctuation at its end
// redirects to the session.
//
// # Promises
//
// A connection on which nothing was sent for 8 s is sent a ping, and one from which
// nothing has come for 24 s is closed. Bytes count, not messages: a long message on
// a slow line, in either direction, takes as long as it takes. So a vanished editor
// is gone from its session within 30 s, and a page that hears nothing for 24 s knows
// that the server has gone. One that
// sends faster than its rate is read no faster; one that reads too slowly is
// ended by its session with the code "resume". No limit that one address meets
// is felt by another, except those on the total. Neither text nor names, tokens
// or output are logged.
//
// Connections end with close code 4000 and a reason: "resume" (come back, all is
// kept), "busy" (full; come back later), "replaced" (the same editor has joined
// elsewhere), "gone" (there is no such session any more), "too-old" (the page
// speaks another protocol), "malformed" (too much of what came made no sense),
// "not-joined" (no hello came within 5 s).
//
// # Goroutines
//
// A [Server] may be used from any goroutine. Each connection has one that reads,
// and another while there is something to write; [Server.Close] waits for all.
package server
