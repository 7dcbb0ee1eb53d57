//go:build !unix

package cache

// specialFiles make files that are none.
var specialFiles map[string]func(name string) error
