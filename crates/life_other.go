//go:build !linux

package crates

// bindLife does nothing: only Linux ends a child with its parent.
func bindLife() (release func()) { return func() {} }
