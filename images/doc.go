// Package images builds the images that Docker boxes are made from, and keeps
// track of them.
//
// # What it promises
//
// There is one [Dockerfile], for a pulled base as for one made on this machine
// from Debian's packages. What is sent to the engine is deterministic: the same
// agent, set and Dockerfile give the same bytes. An image's tag is the hash of
// everything it is built from, so an image that exists is never built again. Its
// labels (the constants of package engine) can be relied on: they are written after
// the image has compiled and run a program as a box will, as the same user and
// without a network.
//
// A build that fails leaves no tag of corust's.
//
// # Errors
//
// The engine's are the sentinels of package engine. A base that lacks something
// is [engine.ErrBuild], with what it lacks in the engine's output; an agent that
// could not run in a box is [ErrAgent]; a set that was built by another compiler
// is [ErrSet]; a base that cannot be made here is [ErrBootstrap].
//
// # Units
//
// Sizes are bytes as the engine counts them, layers that images share included
// in each.
package images
