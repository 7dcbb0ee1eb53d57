// Package client is the editor's side of a session. [Client] is pure: its caller
// moves messages between it and a session. The page's client, collab/web/src/collab,
// does the same in TypeScript. Package authority gives the law that both keep.
package client
