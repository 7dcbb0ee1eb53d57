// Package cache remembers what runs have made, so that it is not made twice: programs
// that were compiled, in a [Store], and the results of whole runs, in [Results].
//
// # What it promises
//
// A Store is a [runner.Artifacts]. What it returns for a key is exactly what was kept
// under that key, or nothing. A file of a Store that is missing, truncated, changed,
// another user's, or that of another key is a miss, and the Store removes it. On a full
// disk, or in a directory that cannot be written to, nothing is kept, and neither is a file
// that is too large. No failure of a Store fails a run.
//
// Several processes may use one directory, without a lock. A file appears whole, by a
// rename, and never changes. The process whose file exceeds the limit removes the least
// recently used ones.
//
// Each artifact and result has an owner, the client whose run left it first. If one has more
// than a quarter of the room in memory or on disk, its least recently used ones are removed
// before those of others, so a client displaces no more than that. A Store knows the owners of
// the files that it has written itself.
//
// # Results
//
// Results answers a request with the result of an earlier run, if the caller allows it. It
// keeps runs that ended by themselves and had no input, for a limited time.
//
// # What may be shared
//
// An artifact is made in a box by a compilation of untrusted source, and is itself
// untrusted: it is executed in boxes only. The key covers everything that the compiler
// sees, so a source can determine only what runs for the same source. See
// docs/security.md.
package cache
