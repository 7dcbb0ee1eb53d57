// Package crates turns a feed of popular crates into a set: a directory of
// compiled crates that a plain rustc can link against without a network and
// without cargo.
//
//	feed ─ names ─► Resolve ─ List + lock ─► Project ─ cargo build ─► Set
//
// A [List] pins crates by exact version and features, together with the
// Cargo.lock that pins everything below them. The list that a user has not
// touched is [Default], compiled into the program. A [Set] is what a list
// becomes for one toolchain and base system; [Key] names it by a hash of
// everything that goes in, so that the same list, toolchain and profiles give
// the same directory and are built once.
//
// # Promises
//
//   - A name from a feed, a file or a command line reaches cargo, a file name or
//     a manifest only after [CheckName]; versions and features likewise. What
//     fails is refused, never repaired.
//   - A file of the user's is written last, beside its place, and renamed. After
//     any failure the old list and the old sets are as they were.
//   - The registry is asked by cargo alone. This package fetches nothing but the
//     feed.
//   - A set holds no sources, no build directories and no registry. Every path in
//     externs.json is relative to the set, which may therefore be mounted
//     anywhere; but for directories of C libraries, which are the machine's.
//
// # What runs on the host
//
// [Build] and [Resolver.Resolve] with a trial run cargo build, and so the build
// scripts and procedural macros of every crate of the list, as the calling user
// and without a sandbox. Trust a list as you trust the dependencies of your program.
// Otherwise build in a separate machine or container, and copy the set from there: it
// may be moved.
//
// Cargo gets a fixed environment, and those settings of the caller that it gets
// (such as CC) are part of the set's key; see environment.go.
//
// # Units, errors, goroutines
//
// Sizes are bytes. A [List] is a value: functions that change one return
// another. A *Set is immutable after [OpenSet] and may be shared. Functions that
// run cargo take a context and end cargo with it, on Unix with its whole process
// group; if this process is killed, Linux ends cargo. Errors name the file, crate or URL
// at fault; those that a caller tells apart are [ErrFeed], [ErrList],
// [ErrNotInSet], *[Exclusion] and *[CargoError].
package crates
