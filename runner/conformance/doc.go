// Package conformance holds what every backend must do: the same requests, the
// same verdicts, the same bytes, and the same hostile programs stopped. A
// backend's own tests call [Run] with a way to open it and with what is
// particular to it.
//
// # What it promises
//
// The ordinary half runs programs that mean no harm and compares everything a
// caller can see. The hostile half compiles and runs each program in
// testdata/attacks, for real, in a box of the backend under test; what must come
// of it stands at the head of the program. After every hostile program the suite
// waits until the backend holds exactly what it held before (processes, control
// groups or containers, mounts, file descriptors, goroutines, temporary files),
// until the pool is full again, and until a canary, a program that prints what
// it finds in its box, has printed the same as at the beginning.
//
// On every run, hostile or not, the order of events, the caps on output and the
// agreement of events and result are checked.
//
// Random tests print their seed; CORUST_TEST_SEED replays one.
//
// # Rows
//
// Hostile programs are named after the rows of a table of attacks on systems of
// this kind. These rows have no program here:
//
//	14     a reader that is slow: BehaviourSlowReader
//	32, 33 files copied out of or into a box by name: no backend does that, the
//	       agent gets and gives bytes through its pipe
//	34, 79 names and sizes of files: refused before any box, TestInvalid
//	48     locks on files that boxes share: leases are refused, and nothing of
//	       ours takes a lock on such a file, so holding one blocks nobody. Two
//	       boxes can signal each other through flock, as through the caches of
//	       their processor (row 80)
//	53, 55 escape sequences: the terminal's side, internal/ansi
//	64     lists of forbidden words in sources: there are none to be evaded
//	65     build scripts and procedural macros: a request has no crates of its
//	       own; what a compiler runs, it runs in the box
//	70     reused process numbers: the host signals through pidfds, container
//	       names and control groups
//	73, 74 a killed supervisor, an engine that goes away: each backend's own tests
//	76     clock jumps: every duration is measured by the monotonic clock, which
//	       a test cannot set
//	77     copying races of a container engine: no such call is made
//	78     garbage from an agent: the runner's tests, with a box made of a pipe
//	80     side channels of a shared kernel: out of scope, said in README
package conformance
