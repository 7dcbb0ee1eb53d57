// Package server puts sessions on the network: the page, a WebSocket for each
// editor, and a REST interface for tools. It is transport only: package collab gives
// messages their meaning, and the runner executes runs.
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
//	GET  /?code=…, /embed?code=…            a page that shows the code and runs it
//	GET  /p/{id}, /embed/p/{id}             the same for a snapshot; embed is for frames
//	POST /fork                              a session of a snapshot or of code, for these pages
//	     /api/v1/…                          REST, see openapi.yaml
//	GET  /assets/{file}, /icon.svg          what the page loads
//	GET  /snippet.js, /snippet.css          what the pages with code load
//	GET  /embed.js                          what pages of others load, to run their blocks
//	GET  /robots.txt                        asks crawlers to stay away
//	GET  /healthz, /readyz                  alive; willing to take sessions
//
// A token is 128 random bits. The store and the read-only link hold only the session's
// id, which is a hash of the token; so neither a read-only link nor a back-up allows
// editing. There are no accounts and no cookies: a link grants its access to every
// holder.
//
// Opening / in a browser creates a session. The server refuses prefetches, and answers
// requests for images and frames, link previews and crawlers with a page that has a
// button. A link to a session with capitals, white space, or punctuation at its end
// redirects to the session.
//
// # Several nodes
//
// Servers that share a store are nodes, see [Nodes]. A node answers for any session: it
// passes sockets and requests on to the node that owns the session, once.
//
// # Promises
//
// The server pings a connection on which it has sent nothing for 8 s, and closes one
// from which it has received nothing for 24 s. Bytes count, not messages: a long message
// on a slow line keeps its connection open, in either direction. So a vanished editor
// leaves its session within 30 s, and a page that receives nothing for 24 s knows
// that the server is gone. The server reads a connection no faster than its rate; the
// session ends one that reads too slowly with the code "resume". A limit on one address
// does not affect other addresses, except for limits on the total. The log has no texts,
// names, tokens or output.
//
// Connections end with close code 4000 and a reason: "resume" (come back, all is
// kept), "busy" (full; come back later), "replaced" (the same editor has joined
// elsewhere), "gone" (the session no longer exists), "too-old" (the page speaks another
// protocol), "malformed" (too many invalid messages), "not-joined" (no hello came
// within 5 s).
//
// # Goroutines
//
// A [Server] may be used from any goroutine. Each connection has one that reads,
// and another while there is something to write. A server keeps some of those that are
// done, for the next message. [Server.Close] waits for all.
package server
