package crates

import (
	"embed"
	"sync"
)

// The default list is made by "corust crates update --list crates/default.toml".
//
//go:embed default.toml default.*.lock
var defaults embed.FS

// Default is the list of users who have no list: the crates of the feed when this
// version of corust was made.
var Default = sync.OnceValues(func() (List, error) { return readList(defaults.ReadFile, "default.toml") })
