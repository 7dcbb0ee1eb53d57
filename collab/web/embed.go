// Package web is the page of a session: its source, and what that builds to.
//
// The page (React, CodeMirror, TypeScript) is built with npm run build in this
// folder; dist is checked in, so that building corust needs no node, and a
// check fails when it does not match its source. The page asks no host but the
// one that it came from.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist holds the built page: s/index.html, icon.svg and assets/. The page is
// served from a folder below the prefix (PREFIX/s/ID); in it, __NONCE__ and
// __SESSION__ stand for what the server says to each reader.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("collab/web: " + err.Error()) // the folder is embedded
	}
	return sub
}
